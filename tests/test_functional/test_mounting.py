"""Extrinsics that contradict how sensors are mounted."""
import numpy as np
import pytest
import tiny_rig

from reldistill_mm.errors import BadInput
from reldistill_mm.functional.kitti import camera_matrices, parse_calibration
from reldistill_mm.functional.mounting import check_mounting, check_rig

AXES = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])


def turned(degrees, way):
    angle = np.deg2rad(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)],
                      [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = way
    return matrix


@pytest.fixture(params=[-90, 0], ids=['nuScenes', 'along the vehicle'])
def rig(request):
    """lidar2ego, and cam2ego of four cameras."""
    lidar2ego = turned(request.param, [0.9, 0, 1.84])
    cam2egos = [turned(yaw, [1.5, 0.2, 1.5]) for yaw in (0, 80, 180, -110)]
    for matrix in cam2egos:
        matrix[:3, :3] = matrix[:3, :3] @ AXES
    return lidar2ego, cam2egos


def test_a_vehicle_that_moves_and_turns(rig):
    lidar2ego, cam2egos = rig
    for way in ([0, 0, 0], [4, 0.2, 0.1], [-4, 0, -0.2]):
        for cam2ego in cam2egos:
            moved = turned(5, way)
            lidar2cam = np.linalg.inv(cam2ego) @ moved @ lidar2ego
            check_rig(lidar2cam, cam2ego.tolist(), lidar2ego[:3].tolist())


def test_matrices_of_other_frames(rig):
    lidar2ego, cam2egos = rig
    for cam2ego in cam2egos:
        ego2cam = np.linalg.inv(cam2ego)
        lidar2cam = ego2cam @ lidar2ego
        for wrong, name in ((ego2cam, 'ego2cam'), (cam2ego, 'cam2'),
                            (np.linalg.inv(lidar2cam), 'cam2lidar|cam2ego'),
                            (np.linalg.inv(cam2egos[1]) @ turned(90, [0] * 3),
                             'degrees')):
            with pytest.raises(BadInput, match=name):
                check_rig(wrong, cam2ego, lidar2ego)
        # What converters write where they do not know it.
        check_rig(lidar2cam, np.eye(4), np.eye(4))
        with pytest.raises(BadInput, match='cam2ego is of shape'):
            check_rig(lidar2cam, np.eye(3), lidar2ego)


def test_the_real_keyframe(real_data):
    import pickle
    path = real_data / 'nuscenes_keyframe/nuscenes_infos_keyframe.pkl'
    info = pickle.loads(path.read_bytes())['data_list'][0]
    lidar2ego = info['lidar_points']['lidar2ego']
    for camera in info['images'].values():
        lidar2cam = np.array(camera['lidar2cam'])
        check_rig(lidar2cam, camera['cam2ego'], lidar2ego)
        check_mounting(lidar2cam)
        ego2cam = np.linalg.inv(camera['cam2ego'])
        for wrong in (ego2cam, np.linalg.inv(lidar2cam)):
            with pytest.raises(BadInput, match='seems to be'):
                check_rig(wrong, camera['cam2ego'], lidar2ego)


@pytest.mark.parametrize('yaw', range(-180, 181, 15))
def test_inverted_cameras_of_all_directions(yaw):
    """Of one that looks to the right, the inverse is as upright."""
    matrix = tiny_rig.mounted(yaw, (.3, .1, -.2))
    check_mounting(matrix)
    if not -130 < yaw < -55:
        with pytest.raises(BadInput, match='inverted|identity'):
            check_mounting(np.linalg.inv(matrix))


def test_the_real_calibrations_of_kitti(real_data):
    for path in sorted((real_data / 'kitti_object/training/calib').iterdir()):
        _, lidar2cam = camera_matrices(parse_calibration(path.read_text()))
        check_mounting(lidar2cam)
        for wrong, message in ((np.linalg.inv(lidar2cam),
                                'inverted'), (np.eye(4), 'identity'),
                               (scaled(lidar2cam, 100),
                                '(28|33).* m from the LiDAR.*metres'),
                               (scaled(lidar2cam, 1000), 'metres')):
            with pytest.raises(BadInput, match=message):
                check_mounting(wrong)


def scaled(matrix, factor):
    matrix = matrix.copy()
    matrix[:3, 3] *= factor
    return matrix
