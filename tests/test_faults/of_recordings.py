"""Situations: folders and bags of one's own, and what differs of a sensor."""
from pathlib import Path

import tiny_recording as tiny
from test_faults.situations import REFUSED, RIGHT, WARNED, elsewhere, situation

from reldistill_mm.datasets.check_kitti import require_kitti_objects
from reldistill_mm.datasets.recordings import convert_folder, read_rig
from reldistill_mm.datasets.transforms import MatchIntensity, ThinPoints

TESTS = 'tests/test_datasets/test_recordings.py::'
YAML = 'calibration.yaml'


def rig(tmp: Path, **changes) -> object:
    content = tiny.calibration()
    content['cameras']['front'].update(changes)
    tiny.write_calibration(tmp, content)
    return read_rig(tmp / YAML)


@situation(
    'lidar2cam of a folder in millimetres', '1', REFUSED,
    "lidar2cam of camera 'front' of 'calibration.yaml' puts the camera "
    '374.2 m from the LiDAR (are its translations in metres?): the '
    'LiDAR has z up, ... say unusual_mounting: true.')
def _(tmp):
    matrix = tiny.CAMERAS['front']['lidar2cam'].copy()
    matrix[:3, 3] *= 1000
    rig(tmp, lidar2cam=matrix.tolist())


@situation(
    'a left-handed lidar2cam', '1', REFUSED,
    "lidar2cam of camera 'front' of 'calibration.yaml' is left-handed "
    '(its determinant is -1), a mirror image: ...')
def _(tmp):
    matrix = tiny.CAMERAS['front']['lidar2cam'].copy()
    matrix[0] *= -1
    rig(tmp, lidar2cam=matrix.tolist())


@situation(
    'a matrix that was rounded to one decimal', '1', REFUSED,
    "lidar2cam of camera 'front' of 'calibration.yaml' is not a "
    'rotation with a translation: R times its transpose is off ...')
def _(tmp):
    matrix = tiny.CAMERAS['front']['lidar2cam'].copy()
    matrix[:3, :3] *= 1.005
    rig(tmp, lidar2cam=matrix.tolist())


@situation(
    "a folder in nuScenes' own format", 'names', REFUSED,
    "'own' is in nuScenes' own format: run `python tools/create_data.py "
    'nuscenes --root-path ... --version v1.0-mini`.')
def _(tmp):
    table = tmp / 'own/v1.0-mini/sample.json'
    table.parent.mkdir(parents=True)
    table.touch()
    convert_folder(tmp / 'own')


@situation(
    "KITTI's objects without their lists of frames", '8', REFUSED,
    "'ImageSets/train.txt' does not exist or is empty: mmdet3d's converter "
    'wants ImageSets/train.txt, val.txt and test.txt, each with a frame '
    '(000000) a line.')
def _(tmp):
    require_kitti_objects(tmp)


@situation(
    'a mistyped key of calibration.yaml', 'names', REFUSED,
    "camera 'front' of 'calibration.yaml' has the unknown key "
    "'distorsion'; did you mean 'distortion'?")
def _(tmp):
    rig(tmp, distorsion=[])


@situation(
    'text where calibration.yaml wants a number', 'values', REFUSED,
    "cam2img of camera 'front' of 'calibration.yaml' holds '205.0', "
    'which is not a number (take the quotes off).')
def _(tmp):
    rig(tmp, cam2img=['205.0', 205, 159.5, 99.5])


@situation(
    'a camera of calibration.yaml twice', '6', REFUSED,
    "'calibration.yaml', line 2: 'front' is there twice; keep one of "
    'them.')
def _(tmp):
    (tmp / YAML).write_text('cameras:\n  front: {}\n  front: {}\n')
    read_rig(tmp / YAML)


@situation('quantiles of intensities that fall', 'values', REFUSED,
           'source=[5, 1] of MatchIntensity is not a rising list ...')
def _(tmp):
    MatchIntensity(source=[5, 1], target=[0, 1])


@situation('a share of points in percent', 'values', REFUSED,
           'ThinPoints(keep=50) is not a share above 0 and at most 1.')
def _(tmp):
    ThinPoints(keep=50)


elsewhere(
    "a folder's calibration that is off by a degree", '1', WARNED,
    'front: edges agree by 0.28 in 3 frames, and by 0.33 with the camera '
    'turned by -1 degrees about its y axis ...',
    TESTS + 'test_a_wrong_matrix_is_told_each_time')

elsewhere(
    'an inverted lidar2cam of a folder', '1', REFUSED,
    'does not lead to an upright camera ... (is it inverted, from camera to '
    'LiDAR?)', TESTS + 'test_every_wrong_value_is_one_line')

elsewhere(
    'a camera without a folder, a folder without a camera, files that lack '
    'times, an empty cloud', '8', REFUSED, 'the file, and what to do',
    TESTS + 'test_every_wrong_folder_is_one_line')

elsewhere('clocks that differ', '1', REFUSED,
          'Every image of camera ... is ... s or more from its cloud',
          TESTS + 'test_every_wrong_folder_is_one_line')

elsewhere('images that are up to 50 ms late, with poses', '1', RIGHT,
          "pairs equal OpenCV's projection to 0.001 pixels",
          TESTS + 'test_pairs_are_where_opencv_projects')

elsewhere('a bag whose clouds have other fields, padding or byte order',
          'bytes', RIGHT, 'the same points',
          'tests/test_datasets/test_rosbag.py::'
          'test_any_order_and_padding')

elsewhere(
    'a bag without CameraInfo or tf', '1', REFUSED,
    'does not say cam2img and lidar2cam of camera ... (--calibration)',
    'tests/test_datasets/test_rosbag.py::'
    'test_a_calibration_for_what_the_bag_does_not_say')

elsewhere('a topic that the bag does not have', 'names', REFUSED,
          "has no topic '/point'; did you mean '/points'?",
          'tests/test_datasets/test_rosbag.py::test_what_is_not_in_the_bag')

elsewhere(
    'a real calibration turned by 0.5 or 1 degree (KITTI)', '1', WARNED,
    'the camera, the axis and the angle',
    'tests/test_functional/test_edge_agreement.py::'
    'test_real_calibrations_of_kitti')

elsewhere(
    'timestamps.txt in nanoseconds', '1', REFUSED,
    "'timestamps.txt', line 1: 1.7e18 is not in seconds, but in milli-, "
    'micro- or nanoseconds: write seconds (1700000000.123).',
    TESTS + 'test_every_wrong_folder_is_one_line')

elsewhere(
    "labels of a folder by other names than the clouds', or two of one name",
    'names', REFUSED, "No file of 'labels' ... is called as a cloud",
    TESTS + 'test_every_wrong_folder_is_one_line')

elsewhere(
    'poses with qw first', '1', WARNED,
    'By poses.txt the vehicle is upside down (z down) at ... of the '
    'poses', TESTS + 'test_poses_with_qw_first_are_told')

elsewhere('a camera whose principal point is far from the middle', '1',
          REFUSED,
          'where it really lies there, say off_centre: true of the camera',
          TESTS + 'test_a_principal_point_far_from_the_middle')

elsewhere(
    'segment.py on a folder: --out among its scans, or two scans of one name',
    '6', REFUSED, "--out 'points/out' lies in 'points', whose files are read "
    'as scans', 'tests/test_apis/test_segment_scan.py::'
    'test_outputs_of_a_folder_that_meet')

elsewhere(
    "mmdet3d's LidarSeg3DInferencer on a model that reads by LoadScanPoints",
    '7', REFUSED, "and mmdet3d's LidarSeg3DInferencer by LoadPointsFromFile "
    'alone: label scans by `python tools/segment.py ...`',
    'tests/test_apis/test_export_zero_shot.py::'
    'test_scans_of_any_format_are_segment_pys')
