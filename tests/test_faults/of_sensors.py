"""Situations: sensors of one's own, their lenses, infos, sweeps and labels."""
import pickle

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.registry import DefaultScope
from test_datasets.test_camera_lidar import own, pcd, raw_labels
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation
from tiny_sensors import scene, write_bin, write_infos, write_waymo

PAIRS = [
    dict(type='LoadScanPoints'),
    dict(type='LoadCameraImages'),
    dict(type='PairPointsWithPixels')
]
LABELS = [dict(type='LoadScanPoints'), dict(type='LoadScanLabels')]
TESTS = 'tests/test_functional/test_camera_models.py::'


def build(kind, **kwargs):
    if not DefaultScope.check_instance_created('tests'):
        DefaultScope.get_instance('tests', scope_name='mmdet3d')
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        return DATASETS.build(dict(type=kind, **kwargs))


def keyframes(tmp, change=None, steps=PAIRS, ann_file='infos.pkl', **kwargs):
    if change is not None:
        content = pickle.loads((tmp / ann_file).read_bytes())
        change(content['data_list'])
        (tmp / ann_file).write_bytes(pickle.dumps(content))
    return build(
        'CameraLidarDataset',
        data_root=str(tmp),
        ann_file=ann_file,
        pipeline=steps,
        **kwargs)


def lens(tmp, **camera):
    """A keyframe whose camera has a lens."""
    own(tmp)
    return keyframes(
        tmp, lambda infos: infos[0]['images']['front'].update(camera))[0]


elsewhere(
    'points beyond the angle at which the polynomial of a lens turns back '
    '(they would land in the image)', '1', RIGHT, 'they are in no pair',
    TESTS + 'test_pairs_equal_opencv_and_none_is_folded_back')
elsewhere('points beside and behind a fisheye camera', '1', RIGHT,
          'they are paired by their angle, where OpenCV mirrors them',
          TESTS + 'test_a_fisheye_sees_beside_and_behind_itself')
FRONT = "Camera 'front' ('images/front/0.png'): it has "


@situation(
    'a camera_model that is unknown', '1', REFUSED,
    FRONT + "the camera_model 'fisheye', not one of 'pinhole', "
    "'brown_conrady', 'kannala_brandt'.")
def _(tmp):
    lens(tmp, camera_model='fisheye', distortion=[0, 0, 0, 0])


@situation(
    'a distortion without its camera_model', '1', REFUSED,
    FRONT + 'a distortion but no camera_model: the same numbers mean '
    'another lens in each, so name it, ...')
def _(tmp):
    lens(tmp, distortion=[-.2, .05, 0, 0])


@situation(
    'five coefficients of a fisheye', '1', REFUSED,
    FRONT + "a distortion of 5 coefficients; 'kannala_brandt' has 4 (k1 k2 k3 "
    'k4).')
def _(tmp):
    lens(tmp, camera_model='kannala_brandt', distortion=[.1, 0, 0, 0, 0])


@situation(
    'a distortion that is not finite', 'values', REFUSED, FRONT +
    'the distortion [nan, 0.0, 0.0, 0.0], whose values are not finite.')
def _(tmp):
    lens(tmp, camera_model='brown_conrady', distortion=[float('nan'), 0, 0, 0])


@situation(
    "coefficients of another camera's model, or in another unit", '1', REFUSED,
    FRONT +
    'the distortion [...], by which it sees no farther than ... pixels '
    'from the middle of its image of 200 x 120: put them in the order of '
    "'brown_conrady' (k1 k2 p1 p2 k3 k4 k5 k6), or correct camera_model.")
def _(tmp):
    lens(tmp, camera_model='brown_conrady', distortion=[-90., .5, 0, 0, 2])


@situation(
    "another camera's name in `cameras`", 'names', REFUSED,
    "cameras=['frnt']: no keyframe of 'infos.pkl' has the camera "
    "'frnt'; did you mean 'front'?")
def _(tmp):
    keyframes(own(tmp), cameras=['frnt'])


@situation("infos of mmdet3d's first version", '2', REFUSED,
           "'v1.pkl' is not an info file of mmdet3d, version 2 (...")
def _(tmp):
    (tmp / 'v1.pkl').write_bytes(pickle.dumps([dict(image={})]))
    keyframes(tmp, ann_file='v1.pkl')


@situation("KITTI's, Waymo's or Lyft's infos, whose paths are names alone",
           '8', RIGHT,
           "the folders in which mmdet3d's converter found them are taken")
def _(tmp):
    write_waymo(tmp)
    found = keyframes(tmp, ann_file='waymo_infos_train.pkl')[0]
    assert len(found['camera_names']) == 5 and len(found['pairs'].point)


@situation(
    "a data_root that is not the one of the info file's clouds", '8', REFUSED,
    "The point cloud 'points/0.bin' of the first keyframe of "
    "'infos.pkl' does not exist: check data_root, or give the clouds' "
    'folder below it as data_prefix.pts.')
def _(tmp):
    own(tmp)
    (tmp / 'points').rename(tmp / 'clouds')
    keyframes(tmp)


@situation(
    'a sweep without a pose', '1', REFUSED,
    "The sweep '.../0000000.bin' of '.../0000001.bin' has no pose: it "
    'needs ego2global, as its keyframe, or '
    'lidar_points.lidar2sensor.')
def _(tmp):
    write_waymo(tmp)
    keyframes(
        tmp,
        lambda infos: infos[1]['lidar_sweeps'][0].pop('ego2global'),
        ann_file='waymo_infos_train.pkl',
        sweeps_num=1)[1]


@situation(
    'a sweep whose lidar2sensor is inverted', '1', REFUSED,
    "The sweep '.../0000000.bin' of '.../0000001.bin' lies 3 m apart by its "
    'poses (ego2global, lidar2ego) and by lidar2sensor: correct one of them, '
    'or leave it out.')
def _(tmp):
    write_waymo(tmp)
    inverted = np.eye(4)
    inverted[0, 3] = -1.5

    def change(infos):
        sweep = infos[1]['lidar_sweeps'][0]
        sweep['lidar_points']['lidar2sensor'] = inverted.tolist()

    keyframes(tmp, change, ann_file='waymo_infos_train.pkl', sweeps_num=1)[1]


@situation(
    'scans of one set whose intensities are in different units', '2', REFUSED,
    "The intensities of 'points/0.bin' seem to need the factor 255 to be "
    "0 to 255, those of 'points/1.bin' 1: set intensity_scale of "
    'LoadScanPoints.')
def _(tmp):
    own(tmp)
    other = scene(1)
    other[:, 3] = np.round(255 * other[:, 3])
    write_bin(tmp / 'points/1.bin', other)
    dataset = keyframes(tmp, steps=PAIRS[:1])
    dataset[0], dataset[1]


def labelled(tmp, name, classes):
    return keyframes(
        own(tmp),
        lambda infos: infos[0].update(pts_semantic_mask_path=name),
        steps=LABELS,
        classes=classes)


CLASSES = dict(car=10, road=[40, 44])


@situation(
    'labels that are float32', '2', REFUSED,
    "The label file '0.bin' holds float32 values (10, say), and "
    "labels are whole numbers: write them by NumPy's "
    "astype('uint32').tofile().")
def _(tmp):
    dataset = labelled(tmp, '0.bin', CLASSES)
    raw_labels(len(scene(0))).astype(np.float32).tofile(tmp / '0.bin')
    dataset[0]


@situation(
    'a .pcd whose labels are in no field that is known', '2', REFUSED,
    "'0.pcd' has no field 'label' or 'labels' or ... (its fields: ['x', "
    "'y', 'z', 'intensity']): name it by label_field of the layout, or by "
    'field of LoadScanLabels.')
def _(tmp):
    dataset = labelled(tmp, '0.pcd', CLASSES)
    pcd(tmp / '0.pcd', scene(0))
    dataset[0]


@situation('an organised cloud with missing points, and its labels', '2',
           RIGHT, 'both are left out')
def _(tmp):
    points, labels = scene(0).copy(), raw_labels(len(scene(0)))
    points[::3, :3] = np.nan
    dataset = labelled(tmp, '0.pcd', CLASSES)
    pcd(tmp / '0.pcd', points, labels)
    own(tmp)
    write_infos(tmp, [
        dict(
            lidar_points=dict(lidar_path='0.pcd'),
            images={},
            pts_semantic_mask_path='0.pcd')
    ])
    dataset = keyframes(tmp, steps=LABELS, classes=CLASSES)
    kept = np.arange(len(points)) % 3 > 0
    wanted = np.array([0, 1, 1, 2] * len(points))[:len(points)][kept]
    assert (dataset[0]['pts_semantic_mask'] == wanted).all()


@situation(
    'classes in a config that are a list, not a table', 'config', REFUSED,
    "classes=['car'] is not a table of names to raw ids: write "
    'classes=dict(car=10, road=[40, 44]).')
def _(tmp):
    keyframes(own(tmp), classes=['car'])


@situation('one raw id in two classes of a config', 'config', REFUSED,
           "classes gives the raw id 1 to both 'car' and 'bus'.")
def _(tmp):
    keyframes(own(tmp), classes=dict(car=1, bus=[1, 2]))


def folder(tmp, **change):
    table = dict(
        classes=CLASSES,
        scan='points/{name}.bin',
        label='labels/{name}.label',
        splits=dict(train='train.txt'))
    table.update(change)
    return build(
        'LidarSegFolderDataset',
        layout={
            k: v
            for k, v in table.items() if v is not None
        },
        data_root=str(tmp),
        pipeline=[])


@situation(
    'a mistyped key in a layout of a config', 'config', REFUSED,
    "layout has the key 'lable', which nothing reads; did you mean "
    "'label'?")
def _(tmp):
    folder(tmp, lable='x')


@situation('a layout of a config without its splits', 'config', REFUSED,
           "layout lacks ['splits']: write layout=dict(...).")
def _(tmp):
    folder(tmp, splits=None)


@situation(
    'a layout whose scans would all be one file', 'config', REFUSED,
    "layout.scan='points.bin' must hold {name}, the name of the scan, "
    'and lie below data_root.')
def _(tmp):
    folder(tmp, scan='points.bin')


@situation('the list of a split that is not there', '8', REFUSED,
           "The list of scans 'train.txt' does not exist; check "
           'data_root.')
def _(tmp):
    folder(tmp)
