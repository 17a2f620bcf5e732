"""Folders of one's own recordings become info files, or are refused."""
import copy
import importlib
import pickle
import re
import shutil

import cv2
import numpy as np
import pytest
import tiny_recording as tiny
import yaml

from reldistill_mm.apis.browse_pairs import paired_results
from reldistill_mm.apis.prepare_recording import (check_recording,
                                                  paired_dataset,
                                                  prepare_recording)
from reldistill_mm.datasets.recordings import convert_folder, read_rig
from reldistill_mm.errors import BadInput, MissingInput

# The package has a function of this name.
browse = importlib.import_module('reldistill_mm.apis.browse_pairs')


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
    return tiny.write_recording(tmp_path_factory.mktemp('recording') / 'own')


@pytest.fixture
def root(recording, tmp_path):
    """A copy to spoil."""
    return shutil.copytree(recording, tmp_path / 'own')


def test_pairs_are_where_opencv_projects(recording, tmp_path):
    """Lens, and motion between cloud and image, in float64."""
    convert_folder(recording, tmp_path / 'infos.pkl')
    dataset = paired_dataset(tmp_path / 'infos.pkl', recording)
    assert len(dataset) == 3
    for index, time in enumerate(tiny.cloud_times(3)):
        results = paired_results(dataset, index)
        pairs = results['pairs']
        points = np.fromfile(recording / f'points/{index:06d}.bin', '<f4')
        xyz = points.reshape(-1, 4)[:, :3].astype(np.float64)
        assert results['camera_names'] == list(tiny.CAMERAS)
        for number, (name, camera) in enumerate(tiny.CAMERAS.items()):
            mine = pairs.camera == number
            lidar2cam = tiny.moved(name, time)
            seen = xyz[pairs.point[mine]] @ lidar2cam[:3, :3].T + (
                lidar2cam[:3, 3])
            wanted = opencv(seen, camera)
            assert mine.sum() > 2000
            np.testing.assert_allclose(pairs.uv[mine], wanted, atol=1e-3)


def opencv(seen: np.ndarray, camera: dict) -> np.ndarray:
    still, matrix = np.zeros(3), np.array(camera['cam2img'])
    lens = np.array(camera['distortion'])
    if camera['camera_model'] == 'kannala_brandt':
        uv, _ = cv2.fisheye.projectPoints(seen[:, None], still, still, matrix,
                                          lens)
    else:
        uv, _ = cv2.projectPoints(seen[:, None], still, still, matrix, lens)
    return uv[:, 0]


def test_what_is_said_of_a_good_folder(recording, tmp_path):
    said = []
    out = tmp_path / 'infos.pkl'
    paths = prepare_recording(recording, out, frames=2, say=said.append)
    assert [path.name for path in paths] == ['infos.pkl', 'pairs.png']
    assert all(path.stat().st_size for path in paths)
    assert 'largest gap is 50 ms' in said[0] and '30 ms' in said[1]
    assert 'no sign of a wrong' in said[-1] and 'no sign' in said[-2]
    assert not any('WARNING' in line for line in said)
    infos = pickle.loads(out.read_bytes())['data_list']
    assert [len(info['lidar_sweeps']) for info in infos] == [0, 1, 2]
    assert infos[0]['images']['side']['height'] == 210


def test_a_wrong_matrix_is_told_each_time(root):
    """One degree, by the edges, in one line with the remedy."""
    content = tiny.calibration()
    for name, axis in (('front', 1), ('side', 0)):
        turn = np.eye(4)
        turn[:3, :3] = cv2.Rodrigues(np.radians(np.eye(3)[axis]))[0]
        wrong = turn @ np.array(content['cameras'][name]['lidar2cam'])
        content['cameras'][name]['lidar2cam'] = wrong.tolist()
    tiny.write_calibration(root, content)
    said = []
    prepare_recording(root, say=said.append)
    for line, axis in zip(said[-2:], 'yx'):
        assert line.startswith('WARNING: ') and '\n' not in line
        assert f'-1 degrees about its {axis} axis' in line
        assert 'calibrate again' in line


def inverted(camera):
    camera['lidar2cam'] = np.linalg.inv(camera['lidar2cam']).tolist()


def millimetres(camera):
    matrix = np.array(camera['lidar2cam'])
    matrix[:3, 3] *= 1000
    camera['lidar2cam'] = matrix.tolist()


def left_handed(camera):
    matrix = np.array(camera['lidar2cam'])
    matrix[0] *= -1
    camera['lidar2cam'] = matrix.tolist()


def scaled(camera):
    matrix = np.array(camera['lidar2cam'])
    matrix[:3, :3] *= 1.01
    camera['lidar2cam'] = matrix.tolist()


def transposed(camera):
    camera['lidar2cam'] = np.array(camera['lidar2cam']).T.tolist()


def sheared(camera):
    matrix = np.array(camera['lidar2cam'])
    matrix[0, 0] = .3
    camera['lidar2cam'] = matrix.tolist()


def short(camera):
    camera['lidar2cam'] = camera['lidar2cam'][:2]


def ragged(camera):
    camera['lidar2cam'][1] = [1, 2]


def text(camera):
    camera['cam2img'][0][0] = '205.0'


def words(camera):
    camera['cam2img'] = 'see the paper'


def nothing(camera):
    del camera['cam2img']


def neither(camera):
    del camera['lidar2cam']


def both(camera):
    camera['cam2lidar'] = camera['lidar2cam']


def mistyped(camera):
    camera['distorsion'] = camera.pop('distortion')


def model(camera):
    camera['camera_model'] = 'fisheye'


def modelless(camera):
    del camera['camera_model']


def coefficients(camera):
    camera['distortion'] = [0.1, 0.2]


def infinite(camera):
    camera['cam2img'][0][0] = float('inf')


def alone(camera):
    camera['width'] = 320


def half(camera):
    camera.update(width=320.5, height=200)


WRONG = {
    inverted: 'inverted, from camera to LiDAR',
    millimetres: 'm from the LiDAR (are its translations in metres?)',
    left_handed: 'left-handed (its determinant is -1)',
    scaled: 'is not a rotation with a translation',
    transposed: 'transposed',
    sheared: 'is not a rotation',
    short: 'is a matrix 2 x 4, not a matrix 4 x 4 or a matrix 3 x 4',
    ragged: 'rows of different lengths',
    text: "holds '205.0', which is not a number (take the quotes off)",
    words: "holds 'see the paper', which is not a number.",
    nothing: 'has no cam2img: give its intrinsics',
    neither: 'needs lidar2cam (4 x 4) or its inverse cam2lidar',
    both: 'one of the two',
    mistyped: "unknown key 'distorsion'; did you mean 'distortion'?",
    model: "has the camera_model 'fisheye', not one of",
    modelless: 'has a distortion but no camera_model',
    coefficients: 'has a distortion of 2 coefficients',
    infinite: 'holds values that are not finite',
    alone: 'has a width alone',
    half: 'is 320.5, not a whole number of at least 1',
}


@pytest.mark.parametrize('spoil', WRONG, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize('name', ('front', 'side'))
def test_every_wrong_value_is_one_line(tmp_path, spoil, name):
    content = copy.deepcopy(tiny.calibration())
    spoil(content['cameras'][name])
    tiny.write_calibration(tmp_path, content)
    refused(tmp_path, WRONG[spoil], f"camera '{name}'")


def refused(root, *parts):
    with pytest.raises((BadInput, MissingInput)) as caught:
        read_rig(root / 'calibration.yaml')
    message = str(caught.value)
    assert '\n' not in message and 'calibration.yaml' in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    'text, part', {
        '': 'is empty, not a mapping',
        'cameras: [': 'is not YAML',
        'cameras: {}': 'has no cameras',
        '- a': 'is list, not a mapping',
        'camera: {a: 1}': "unknown key 'camera'; did you mean 'cameras'?",
        'cameras: {a: 3}': "camera 'a'",
        'cameras: {a: {cam2img: [1, 1, 1, 1]}, a: {}}': "'a' is there twice",
        'cameras: {a: {cam2img: [1, 2, 3]}}': 'needs lidar2cam',
    }.items())
def test_every_wrong_file_is_one_line(tmp_path, text, part):
    (tmp_path / 'calibration.yaml').write_text(text)
    refused(tmp_path, part)


def test_values_may_be_written_in_several_ways(tmp_path):
    content = tiny.calibration()
    front = content['cameras']['front']
    matrix = np.array(front['lidar2cam'])
    plain = read_written(tmp_path, content)
    front['cam2img'] = [205., 205, 159.5, 99.5]
    front['cam2lidar'] = np.linalg.inv(front.pop('lidar2cam')).tolist()
    other = read_written(tmp_path, content)
    np.testing.assert_allclose(other['lidar2cam'], matrix, atol=1e-12)
    assert other['cam2img'] == plain['cam2img']
    front['lidar2cam'] = matrix[:3].ravel().tolist()
    del front['cam2lidar']
    assert read_written(tmp_path, content) == plain
    # YAML 1.1 takes it for text.
    text = yaml.safe_dump(content).replace('- 0.001', '- 1e-3')
    (tmp_path / 'calibration.yaml').write_text(text)
    assert read_rig(tmp_path / 'calibration.yaml').cameras['front'] == plain


def read_written(root, content):
    tiny.write_calibration(root, content)
    return read_rig(root / 'calibration.yaml').cameras['front']


def test_rounded_rotations_become_rotations(tmp_path):
    content = tiny.calibration()
    matrix = tiny.mounted(33, (.3, 0, 0)).round(3)
    content['cameras']['front']['lidar2cam'] = matrix.tolist()
    found = np.array(read_written(tmp_path, content)['lidar2cam'])[:3, :3]
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)


def test_an_unusual_mounting_has_to_be_said(tmp_path):
    content = tiny.calibration()
    front = content['cameras']['front']
    far = np.array(front['lidar2cam'])
    far[2, 3] = 9
    front['lidar2cam'] = far.tolist()
    tiny.write_calibration(tmp_path, content)
    refused(tmp_path, 'unusual_mounting: true')
    front['unusual_mounting'] = True
    assert read_written(tmp_path, content)['lidar2cam'] == far.tolist()


def delete(path):
    return lambda root: shutil.rmtree(root / path) if (root / path).is_dir(
    ) else (root / path).unlink()


def rename(path, name):
    return lambda root: (root / path).rename(root / name)


def write(path, text):
    return lambda root: (root / path).write_text(text)


def labels(*names):

    def spoil(root):
        (root / 'labels').mkdir()
        for name in names:
            (root / 'labels' / name).write_bytes(b'1234')

    return spoil


@pytest.mark.parametrize('spoil, part', [
    (delete('points'), "points' does not exist"),
    (delete('images'), 'images/CAMERA'),
    (delete('calibration.yaml'), 'write the calibration'),
    (delete('images/side'), "has no folder '"),
    (rename('images/side',
            'images/sides'), "has no camera 'sides', whose images are in"),
    (rename('images/side', 'images/sides'), "did you mean 'side'?"),
    (write('points/000001.bin', ''), 'is empty'),
    (delete('points/timestamps.txt'), 'the clouds have no times'),
    (delete('images/front/timestamps.txt'), 'its images have no times'),
    (write('points/timestamps.txt', '000000 1'), "no time for '000001'"),
    (write('points/timestamps.txt', '000000 soon'), "'soon' is not a number"),
    (write('points/timestamps.txt',
           '000000 1\n000001 2\n000002 3'), 'the clocks differ'),
    (write('poses.txt', '100 1 2 3'), 'has 3 numbers'),
    (write('poses.txt', '100 1 2 3 0 0 0 2'), 'quaternion of length 2'),
    (write('poses.txt', '100 1 2 3 0 0 0 1'), 'has no pose at 100.200 s'),
    (write('poses.txt', ' '), 'has no pose'),
    (write('images/front/img_000.jpg', 'x'), 'have one name'),
    (write('points/timestamps.txt', '000000 1.7e18'), 'is not in seconds'),
    (labels('other.label'), "is called as a cloud ('000000', say)"),
    (labels('000000.label', '000000.npy'), 'have one name'),
])
def test_every_wrong_folder_is_one_line(root, spoil, part):
    spoil(root)
    with pytest.raises((BadInput, MissingInput), match=re.escape(part)) as e:
        convert_folder(root)
    assert '\n' not in str(e.value) and str(root) in str(
        e.value) or ('camera' in str(e.value))


def test_matched_by_name_without_times_or_poses(root):
    for name in 'poses.txt', 'points/timestamps.txt':
        (root / name).unlink()
    for camera in tiny.CAMERAS:
        for path in (root / 'images' / camera).glob('*.png'):
            path.rename(path.with_name(f'000{path.stem[-3:]}.png'))
    (root / 'images/side/000001.png').unlink()
    for path in root.glob('images/*/timestamps.txt'):
        path.unlink()
    found = convert_folder(root, root / 'infos.pkl')
    assert 'front: 3 of 3 clouds have an image, by name' in found.notes[0]
    assert found.notes[1].endswith("by name (not '000001')")
    assert 'side: 2 of 3' in found.notes[1]
    infos = found.infos['data_list']
    assert [list(info['images']) for info in infos] == [['front', 'side'],
                                                        ['front'],
                                                        ['front', 'side']]
    assert infos[0]['images']['front']['lidar2cam'] == (
        tiny.CAMERAS['front']['lidar2cam'].tolist())


def test_times_in_names(root):
    """Nanoseconds, as ROS has them."""
    for folder in ('points', 'images/front', 'images/side'):
        for line in (root / folder /
                     'timestamps.txt').read_text().splitlines()[1:]:
            name, time = line.replace(',', ' ').split()
            path, = (root / folder).glob(f'{name}.*')
            stamp = 1_700_000_000_000_000_000 + round(float(time) * 1e6) * 1000
            path.rename(path.with_name(f'{stamp}{path.suffix}'))
        (root / folder / 'timestamps.txt').unlink()
    (root / 'poses.txt').unlink()
    found = convert_folder(root)
    assert 'by time; the largest gap is 50 ms' in found.notes[0]
    assert 'no poses.txt' in found.notes[-1] and '0.5 m' in found.notes[-1]


def test_clouds_without_image_or_labels_are_named(root):
    (root / 'images/side/img_001.png').unlink()
    times = root / 'images/side/timestamps.txt'
    times.write_text(''.join(line
                             for line in times.read_text().splitlines(True)
                             if 'img_001' not in line))
    labels('000000.label', '000002.label')(root)
    notes = convert_folder(root).notes
    assert "(not '000001')" in notes[1]
    assert notes[-1] == 'labels: 2 of 3 clouds have a file'


def test_poses_with_qw_first_are_told(root):
    path = root / 'poses.txt'
    rows = [line.split() for line in path.read_text().splitlines()]
    path.write_text(''.join(' '.join([*row[:4], row[7], *row[4:7]]) + '\n'
                            for row in rows if len(row) == 8))
    assert 'upside down (z down) at 49 %' in convert_folder(root).notes[-1]


def test_a_principal_point_far_from_the_middle(root):
    content = tiny.calibration()
    front = content['cameras']['front']
    front['cam2img'] = [205., 205, 300, 99.5]
    tiny.write_calibration(root, content)
    with pytest.raises(BadInput, match='say off_centre: true'):
        prepare_recording(root, say=lambda _: None)
    front['off_centre'] = True
    tiny.write_calibration(root, content)
    prepare_recording(root, say=lambda _: None)
    front['off_centre'] = 'yes'
    tiny.write_calibration(root, content)
    refused(root, "off_centre of camera 'front'", "'yes', not true or false")


def test_no_point_in_a_camera(root):
    """A camera that looks at the sky, above every scan line."""
    content = tiny.calibration()
    up = np.eye(4)
    up[:3, :3] = cv2.Rodrigues(np.array([-1.4, 0, 0]))[0]
    front = content['cameras']['front']
    front['lidar2cam'] = (up @ np.array(front['lidar2cam'])).tolist()
    front['unusual_mounting'] = True
    tiny.write_calibration(root, content)
    with pytest.raises(BadInput, match="No point falls .* camera 'front'"):
        prepare_recording(root, say=lambda _: None)
    assert not (root / 'infos.pkl').exists()


def test_images_of_several_sizes(root):
    path = root / 'images/side/img_001.png'
    tiny.Image.open(path).resize((130, 105)).save(path)
    with pytest.raises(BadInput, match='260 x 210 pixels and .* 130 x 105'):
        convert_folder(root)
    content = tiny.calibration()
    content['cameras']['side'].update(width=260, height=210)
    tiny.write_calibration(root, content)
    convert_folder(root)


def test_intrinsics_in_millimetres(root):
    content = tiny.calibration()
    content['cameras']['side']['cam2img'] = [4., 4., 2.4, 1.8]
    tiny.write_calibration(root, content)
    with pytest.raises(BadInput, match='4 pixels for images of 260 x 210'):
        convert_folder(root)


def write_drive(root, count=2):
    """A drive of KITTI's raw data with its left colour camera."""
    boxes = tiny.make_boxes(4, 60)
    drive = root / '2011_09_26/2011_09_26_drive_0001_sync'
    points, images = drive / 'velodyne_points', drive / 'image_02'
    to_camera = tiny.mounted(0, (.3, .1, -.2))
    matrix = np.array([[205., 0, 159.5], [0, 205, 99.5], [0, 0, 1]])
    for index in range(count):
        for folder in points, images:
            (folder / 'data').mkdir(parents=True, exist_ok=True)
        scan = tiny.make_scan(boxes[index:])
        scan[:, 3] /= 255
        scan.tofile(points / f'data/{index:010d}.bin')
        image = tiny.make_image(boxes[index:], to_camera, matrix, (200, 320),
                                'pinhole', [])
        tiny.Image.fromarray(image).save(images / f'data/{index:010d}.png')
    for folder, micro in ((points, 0), (images, 12000)):
        (folder / 'timestamps.txt').write_text(''.join(
            f'2011-09-26 13:02:{20 + index}.{micro:06d}123\n'
            for index in range(count)))

    def row(name, values):
        return f'{name}: ' + ' '.join(map(repr, np.ravel(values).tolist()))

    (drive.parent / 'calib_cam_to_cam.txt').write_text('\n'.join([
        'calib_time: 09-Jan-2012 13:57:47',
        row('R_rect_00', np.eye(3)),
        row('P_rect_02', np.hstack([matrix, np.zeros((3, 1))]))
    ]))
    (drive.parent / 'calib_velo_to_cam.txt').write_text('\n'.join(
        [row('R', to_camera[:3, :3]),
         row('T', to_camera[:3, 3])]))
    return drive


def test_a_drive_of_kitti_raw(tmp_path):
    drive, said = write_drive(tmp_path), []
    out, _ = prepare_recording(drive, kind='kitti_raw', say=said.append)
    assert said[0] == (
        'CAM2: 2 of 2 clouds have an image, by name; the largest gap is '
        "12 ms (cloud '0000000000')")
    assert 'no sign of a wrong calibration' in said[-1]
    assert len(paired_dataset(out, drive)) == 2
    (drive.parent / 'calib_velo_to_cam.txt').unlink()
    with pytest.raises(MissingInput, match='calib_velo_to_cam.txt'):
        prepare_recording(drive, kind='kitti_raw')
    with pytest.raises(MissingInput, match='folder of one drive'):
        prepare_recording(tmp_path, kind='kitti_raw')


@pytest.mark.slow
def test_any_info_file_is_checked(real_data, tmp_path):
    """nuScenes' own, from its folders' names."""
    root, said = real_data / 'nuscenes_keyframe', []
    check_recording(
        root / 'nuscenes_infos_keyframe.pkl',
        root,
        tmp_path / 'pairs.png',
        say=said.append)
    assert sum('% of the points' in line for line in said) == 6
    assert (tmp_path / 'pairs.png').stat().st_size


@pytest.mark.parametrize('file, part', [
    ('v1.0-mini/sample.json', 'nuscenes --root-path .* --version v1.0-mini`'),
    ('v1.01-train/v1.01-train/sample.json', 'lyft --root-path'),
    ('velodyne_points/data/0.bin', 'kitti_raw '),
    ('training/velodyne/0.bin', 'kitti --root-path'),
    ('sequences/00/calib.txt', 'semantickitti --root-path'),
    ('metadata.yaml', 'rosbag .* --cameras NAME=TOPIC'),
])
def test_folders_of_other_formats_are_told_their_command(tmp_path, file, part):
    path = tmp_path / 'data' / file
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(BadInput, match=part) as caught:
        convert_folder(tmp_path / 'data')
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('index, frames, wanted', [
    (0, 8, [0, 1, 2, 3, 4]),
    (3, 1, [3]),
    (4, 2, [4, 1]),
    (2, 5, [2, 0, 1, 3, 4]),
])
def test_samples_that_are_judged_together(monkeypatch, index, frames, wanted):
    """The drawn one and others, evenly spread over all, each once."""
    edges = object()
    pooled = []
    monkeypatch.setattr(browse, 'paired_results',
                        lambda _, number, augmented: number)
    # Odd samples have a camera that even ones have not.
    monkeypatch.setattr(
        browse, 'measure_cameras', lambda number: ({
            'front': (number, edges),
            'rear': (number, edges)
        } if number % 2 else {
            'front': (number, edges)
        }))
    monkeypatch.setattr(browse.CameraEdges, 'pool',
                        lambda found: pooled.append(found) or len(found))
    found, drawn = browse._pooled(range(5), index, index, frames)
    assert [number for number, _ in pooled[0]] == wanted
    assert found['front'] == len(wanted)
    odd = [number for number in wanted if number % 2]
    assert found.get('rear', 0) == len(odd)
    # Each camera is drawn once, that of the sample asked for first.
    assert drawn == [*dict.fromkeys([index, *odd[:1]])]
