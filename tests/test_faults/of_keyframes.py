"""Situations: info files, calibrations, clouds and labels that cannot be."""
import contextlib
import io
import pickle
import warnings
from pathlib import Path

import numpy as np
from test_datasets.test_nuscenes_lidarseg import PREFIX, build
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere, situation
from tiny_nuscenes import CAMERAS, make_points, write_keyframes
from tiny_semantickitti import TR, write_row, write_sequence

from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.convert_semantickitti import convert_semantickitti
from reldistill_mm.datasets.layouts.semantickitti import CLASSES
from reldistill_mm.datasets.scans import plausible, read_scan
from reldistill_mm.functional import label_table
from reldistill_mm.functional.label_table import NUM_KITTI_IDS

TEACHER = 'tests/test_hooks/test_same_teacher.py::'
KITTI = dict(
    seg_3d_dtype='np.int32', seg_offset=2**16, dataset_type='semantickitti')
POINTS = T.LoadLidarPoints(load_dim=5, use_dim=4)
SEEN = [POINTS, T.LoadCameraImages(decode=False), T.PairPointsWithPixels()]


def infos(tmp, change, count=2):
    """Keyframes whose infos are changed; the folder."""
    path = write_keyframes(tmp, count=count)
    content = pickle.loads(path.read_bytes())
    change(content['data_list'])
    path.write_bytes(pickle.dumps(content))
    return tmp


for name in ('tested', 'resumed', 'loaded as load_from'):
    elsewhere(
        f"a checkpoint {name} with another teacher of the student's width",
        '4', REFUSED,
        "'...epoch_1.pth' holds a student of the teacher OpenCLIPTeacher("
        '...), the config names OpenCLIPTeacher(...), of another space '
        '(weights: checkpoint sha256:..., config sha256:...): set '
        'model.teacher ...',
        TEACHER + 'test_saved_tested_resumed_and_exported')
elsewhere(
    'another teacher when a checkpoint is exported, or when an exported model '
    'is given new words', '4', REFUSED, 'the same line',
    TEACHER + 'test_saved_tested_resumed_and_exported')
elsewhere("the same teacher's weights in another folder or as local-dir:", '4',
          RIGHT, 'tested', TEACHER + 'test_one_teacher_however_it_is_named')
elsewhere('trained with a tag of open_clip, tested with a file of weights',
          '4', WARNED,
          'a name and the content of a file cannot be compared ...',
          TEACHER + 'test_a_tag_and_a_file_cannot_be_compared')


@situation("an info whose paths are pathlib's", '8', RIGHT, 'the same pairs')
def _(tmp):

    def as_paths(data_list):
        for info in data_list:
            cloud = info['lidar_points']
            for part, key in [
                (info, 'pts_semantic_mask_path'), (cloud, 'lidar_path')
            ] + [(camera, 'img_path') for camera in info['images'].values()]:
                part[key] = Path(part[key])

    before = build(infos(tmp, lambda data_list: None), pipeline=SEEN)[0]
    found = build(infos(tmp, as_paths), pipeline=SEEN)[0]
    np.testing.assert_array_equal(found['pairs'].uv, before['pairs'].uv)
    assert found['img_path'] == before['img_path']


@situation(
    "two cameras' images swapped in data_prefix or in the info file", '1',
    REFUSED,
    "Camera 'CAM_FRONT' has the image 'samples/CAM_BACK/000.jpg', whose path "
    "names the camera 'CAM_BACK' of the same keyframe: correct ...")
def _(tmp):
    write_keyframes(tmp)
    swapped = dict(
        PREFIX, CAM_FRONT=PREFIX['CAM_BACK'], CAM_BACK=PREFIX['CAM_FRONT'])
    build(tmp, data_prefix=swapped, pipeline=SEEN)[0]


@situation(
    'one image for two cameras', '1', REFUSED,
    "The cameras 'CAM_FRONT' and 'CAM_BACK' of a keyframe share the image "
    "'.../CAM_FRONT/000.jpg': name the image of each ...")
def _(tmp):

    def share(data_list):
        images = data_list[0]['images']
        images['CAM_BACK']['img_path'] = f'{tmp}/samples/CAM_FRONT/000.jpg'
        images['CAM_FRONT']['img_path'] = f'{tmp}/samples/CAM_FRONT/000.jpg'

    build(infos(tmp, share), pipeline=SEEN)[0]


@situation('cameras that are numbers, or named after a folder above the data',
           '1', RIGHT,
           'a number is not a name, and what all paths share says nothing')
def _(tmp):
    root = tmp / 'CAM_BACK'

    def renamed(data_list):
        for number, camera in enumerate(CAMERAS):
            image = data_list[0]['images'].pop(camera)
            image['img_path'] = f'{root}/samples/{camera}/000.jpg'
            data_list[0]['images'][str(number)] = image

    assert len(build(infos(root, renamed), pipeline=SEEN)[0]['pairs'].point)


def mount(data_list, inverse=False, ego=False):
    """Say how the sensors are mounted; spoil lidar2cam."""
    lidar2ego = np.array([[0, 1., 0, .9], [-1, 0, 0, 0], [0, 0, 1, 1.8],
                          [0, 0, 0, 1]])
    info = data_list[0]
    info['lidar_points']['lidar2ego'] = lidar2ego.tolist()
    for image in info['images'].values():
        lidar2cam = np.array(image['lidar2cam'])
        cam2ego = lidar2ego @ np.linalg.inv(lidar2cam)
        image['cam2ego'] = cam2ego.tolist()
        if inverse:
            image['lidar2cam'] = np.linalg.inv(lidar2cam)
        if ego:
            image['lidar2cam'] = np.linalg.inv(cam2ego)


@situation(
    'lidar2cam that is ego2cam, where the info has cam2ego and lidar2ego', '1',
    REFUSED,
    "Camera 'CAM_FRONT' ('samples/CAM_FRONT/000.jpg'): lidar2cam is 90 "
    'degrees and ... m off inv(cam2ego) @ lidar2ego of the same info; it '
    'seems to be ego2cam. Correct it, or leave cam2ego out ...')
def _(tmp):
    build(infos(tmp, lambda each: mount(each, ego=True)), pipeline=SEEN)[0]


@situation(
    'lidar2cam that is cam2lidar, where the info has cam2ego and lidar2ego',
    '1', REFUSED,
    "Camera 'CAM_FRONT' ('...'): lidar2cam is 180 degrees ... it seems to be "
    'cam2lidar, the inverse. ...')
def _(tmp):
    build(infos(tmp, lambda each: mount(each, inverse=True)), pipeline=SEEN)[0]


@situation('the vehicle goes on between LiDAR and camera', '1', RIGHT,
           'up to 15 degrees, 5 m along the ground and 0.5 m up are motion')
def _(tmp):
    sample = build(infos(tmp, mount), pipeline=SEEN)[0]
    assert len(sample['pairs'].point)


elsewhere('lidar2cam with the motion of the vehicle, in the real keyframe',
          '1', RIGHT, '0.07 degrees and 0.4 m',
          'tests/test_functional/test_mounting.py::test_the_real_keyframe')


def convert(tmp, tr=TR, change=None):
    """What tools/create_data.py semantickitti does; what it prints."""
    folder = write_sequence(tmp, '00')
    lines = (folder / 'calib.txt').read_text().splitlines()
    lines = [
        f'Tr: {write_row(np.asarray(tr)[:3])}'
        if line.startswith('Tr:') else line for line in lines
    ]
    (folder / 'calib.txt').write_text('\n'.join(lines))
    if change is not None:
        change(folder)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        convert_semantickitti(tmp, tmp)
    return said.getvalue()


def translated(way):
    return np.column_stack([TR[:, :3], way])


@situation(
    "KITTI's Tr inverted", '1', REFUSED,
    "'sequences/00/calib.txt' is not a calibration of KITTI odometry: the "
    'matrix from the LiDAR to camera 0 does not lead to an upright camera, '
    'with x to the right, y down and z forward (is it inverted, from camera '
    'to LiDAR?). ...')
def _(tmp):
    convert(tmp, np.linalg.inv(np.vstack([TR, [0, 0, 0, 1]])))


@situation(
    "KITTI's Tr is the identity", '1', REFUSED,
    "'sequences/00/calib.txt' ... (is it the identity, or of other "
    'axes?). ...')
def _(tmp):
    convert(tmp, np.eye(4))


@situation(
    "KITTI's Tr in centimetres or millimetres", '1', REFUSED,
    "'sequences/00/calib.txt' ... puts the camera 28.18 m from the LiDAR (are "
    'its translations in metres?). ...')
def _(tmp):
    convert(tmp, translated(TR[:, 3] * 100))


@situation(
    "KITTI's Tr without a translation", '1', WARNED,
    "'...calib.txt': by its Tr the camera is exactly where the LiDAR "
    'is; if it is not, the translation has been left out.')
def _(tmp):
    assert 'exactly where the LiDAR is' in convert(tmp, translated([0, 0, 0]))
    assert 'exactly' not in convert(tmp)


@situation(
    "poses.txt longer than the sequence's scans", '1', WARNED,
    "'...poses.txt' has 3 poses and the last scan is 1: unless scans "
    'are missing, it is of another sequence.')
def _(tmp):

    def more(folder):
        with open(folder / 'poses.txt', 'a') as file:
            file.write(write_row(np.eye(4)[:3]) + '\n')

    assert 'has 3 poses and the last scan is 1' in convert(tmp, change=more)
    assert 'poses and the last' not in convert(tmp)


@situation("poses.txt shorter than the sequence's scans", '1', REFUSED,
           "'sequences/00/poses.txt' has 1 poses, none for scan 1; ...")
def _(tmp):
    convert(
        tmp,
        change=lambda folder:
        (folder / 'poses.txt').write_text(write_row(np.eye(4)[:3]) + '\n'))


@situation(
    'an empty scan when infos are made', 'bytes', REFUSED,
    "The scan 'sequences/00/velodyne/000001.bin' is empty: copy it again, or "
    'remove it (and its labels).')
def _(tmp):
    convert(
        tmp,
        change=lambda folder:
        (folder / 'velodyne/000001.bin').write_bytes(b''))


@situation(
    'an empty label file when infos are made', 'bytes', REFUSED,
    "The label file 'sequences/00/labels/000001.label' is empty: copy it "
    'again, or remove it.')
def _(tmp):
    convert(
        tmp,
        change=lambda folder:
        (folder / 'labels/000001.label').write_bytes(b''))


elsewhere(
    'the same of nuScenes', 'bytes', REFUSED,
    "The scan '.../samples/LIDAR_TOP/...' is empty: copy it again, or remove "
    'it (and its labels).', 'tests/test_datasets/test_convert_nuscenes.py::'
    'test_data_that_is_not_whole')


def load_points(tmp, offset):
    points = make_points(np.random.default_rng(0))[:, :5]
    points[:, :2] += offset
    points.tofile(tmp / 'scan.bin')
    return POINTS.transform(
        dict(lidar_points=dict(lidar_path=str(tmp / 'scan.bin'))))


@situation(
    'training clouds in a map whose origin is 100 m to 2 km away', '2',
    REFUSED,
    "The points of 'scan.bin' lie ... m and more beside the origin, where "
    'the sensor should be: they are in the frame of a map. Subtract ...')
def _(tmp):
    load_points(tmp, 70)


@situation(
    'training clouds in a map whose origin is nearer', '2', WARNED,
    'Nine tenths of the points ... are more than ... m from the origin '
    '... (once; below 50 m it cannot be told)')
def _(tmp):
    plausible._told.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        load_points(tmp, 0), load_points(tmp, 52), load_points(tmp, 52)
    said = [str(each.message) for each in caught]
    assert len(said) == 1 and 'frame of a map?' in said[0]


@situation('such a cloud in tools/segment.py', '2', RIGHT,
           'moved to the sensor: coordinates of a map, moved by ...')
def _(tmp):
    points = make_points(np.random.default_rng(0))[:, :5]
    points[:, :2] += 300
    points.tofile(tmp / 'scan.bin')
    scan = read_scan(tmp / 'scan.bin', columns=5)
    assert 'coordinates of a map, moved by [300.0' in ' '.join(scan.notes)
    assert np.abs(scan.points[:, :2]).max() < 40


def load_labels(tmp, raw):
    np.asarray(raw, np.uint32).tofile(tmp / 'a.label')
    table = label_table(CLASSES, list(CLASSES), len(CLASSES), NUM_KITTI_IDS)
    return T.LoadPointLabels(**KITTI).transform(
        dict(
            points=raw,
            pts_semantic_mask_path=str(tmp / 'a.label'),
            lidar_points=dict(lidar_path='a.bin'),
            seg_label_mapping=table))['pts_semantic_mask']


STREET = np.repeat([40, 50, 70, 10, 48, 0], 20).astype(np.uint32)


@situation(
    'SemanticKITTI labels that hold training ids', '2', REFUSED,
    "'a.label' holds the ids 1 to 15, which are training ids, and the raw ids "
    'of this dataset reach 259: give the labels as the dataset has them, or a '
    'seg_label_mapping (metainfo) of your ids.')
def _(tmp):
    load_labels(tmp, np.repeat([9, 13, 15, 1, 11, 0], 20))


@situation(
    'nuScenes labels that hold training ids', '2', REFUSED,
    "'lidarseg/000.bin' holds the ids 4 to 16, which are training ids, "
    'and the raw ids of this dataset reach 30: ...')
def _(tmp):
    write_keyframes(tmp)
    np.resize(np.uint8([11, 13, 15, 16, 4, 0]),
              3000).tofile(tmp / 'lidarseg/000.bin')
    build(tmp, pipeline=[POINTS, T.LoadPointLabels()])[0]


@situation('a raw scan of vehicles and unlabelled points alone', '2', RIGHT,
           'their classes')
def _(tmp):
    assert set(load_labels(tmp, np.repeat([10, 11, 15, 18, 16, 0], 20)))
    assert set(load_labels(tmp, STREET))
    assert set(load_labels(tmp, STREET | 1 << 16))


@situation(
    'SemanticKITTI labels of the other byte order', '2', REFUSED,
    "'a.label' is of the other byte order: its ids (...) are those of classes "
    "once their bytes are swapped. Write it again by NumPy's ...")
def _(tmp):
    load_labels(tmp,
                (STREET | np.arange(120, dtype=np.uint32) << 16).byteswap())


elsewhere(
    'labels, clouds or infos that change under the path of finished runs of a '
    'protocol', '6', RIGHT,
    'finished before, but the data has changed since (train labels, test '
    'labels): it is run again.', 'tests/test_experiments/test_run.py::'
    'test_data_that_has_changed_is_run_again')


@situation(
    'a keyframe twice in an info file that is tested', '9', REFUSED,
    "'infos.pkl' lists 1 keyframe more than once, e.g. token 'token1' "
    "('samples/LIDAR_TOP/001.pcd.bin'): metrics would count them as often. "
    'Remove the repetitions.')
def _(tmp):
    infos(tmp, lambda each: each.append(each[1]))
    build(tmp, test_mode=True)


@situation('a keyframe twice in an info file that is trained on', '9', WARNED,
           '... more than once ...: training sees them as often')
def _(tmp):
    infos(tmp, lambda each: each.append(each[1]))
    assert len(build(tmp)) == 3


@situation(
    'lidar_path is None, or lidar_points missing', '9', REFUSED,
    "The keyframe token 'token1' of 'infos.pkl' has no cloud: lidar_points is "
    "{'lidar_path': None...} and must be a dict with lidar_path. ...")
def _(tmp):
    infos(tmp, lambda each: each[1]['lidar_points'].update(lidar_path=None))
    build(tmp)


@situation(
    'a camera that is None, or whose img_path is not text', '9', REFUSED,
    "The keyframe token 'token1' of 'infos.pkl' has nothing under "
    "images['CAM_BACK'] that is a camera with img_path: ...")
def _(tmp):
    infos(tmp, lambda each: each[1]['images'].update(CAM_BACK=None))
    build(tmp)


@situation('pts_semantic_mask_path is None', '9', RIGHT,
           'a keyframe without labels')
def _(tmp):
    infos(tmp, lambda each: each[1].update(pts_semantic_mask_path=None))
    dataset = build(tmp, pipeline=[T.LoadPointLabels(optional=True)])
    assert 'pts_semantic_mask' not in dataset[1]


BLIND = [
    ('{}', lambda each: each[1].update(images={})),
    ('None', lambda each: each[1].update(images=None)),
    ('missing', lambda each: each[1].pop('images')),
]
for said, change in BLIND:

    @situation(f'a keyframe whose images are {said}, in evaluation', '9',
               RIGHT, 'all its points are judged, none counts as visible')
    def _(tmp, change=change):
        infos(tmp, change)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            steps = [POINTS, T.LoadCameraImages(decode=False), SEEN[-1]]
            sample = build(tmp, pipeline=steps, test_mode=True)[1]
        assert not sample['camera_visible'].any()
        assert 'has no camera in its info' in str(caught[-1].message)

    @situation(
        f'a keyframe whose images are {said}, in distillation', '9', WARNED,
        '1 of the 2 keyframes of ... have no cameras (token '
        "'token1', say) and are left out: ...")
    def _(tmp, change=change):
        infos(tmp, change)
        assert len(build(tmp, pipeline=[POINTS, T.LoadCameraImages()])) == 1
        assert len(build(tmp, pipeline=[POINTS])) == 2


@situation('no keyframe has images, in distillation', '9', REFUSED,
           "'samples/LIDAR_TOP/000.pcd.bin' has no camera in its info; ...")
def _(tmp):
    infos(tmp, lambda each: [info.update(images={}) for info in each])
    build(tmp, pipeline=[T.LoadCameraImages()])[0]
