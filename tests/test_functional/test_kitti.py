"""Calibrations and poses against hand-written matrices."""
import numpy as np
import pytest
from tiny_semantickitti import TR, projection, write_row

from reldistill_mm.functional import project_points
from reldistill_mm.functional.kitti import (camera_matrices, lidar_poses,
                                            parse_calibration)

ODOMETRY = '\n'.join(
    [f'P{i}: {write_row(projection((160, 48), i))}'
     for i in range(4)] + [f'Tr: {write_row(TR)}', ''])


def turn(angle):
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def test_pixel_is_p_times_tr_times_point():
    cam2img, lidar2cam = camera_matrices(parse_calibration(ODOMETRY))
    point = np.array([[12., 3., -1.]])
    uv, depth = project_points(point, lidar2cam, cam2img)
    camera = TR @ np.r_[point[0], 1]
    u, v, w = projection((160, 48), 2) @ np.r_[camera, 1]
    np.testing.assert_allclose(uv[0], (u / w, v / w))
    assert depth[0] == pytest.approx(12 - 0.27)


def test_object_calibration_is_rectified():
    """P2 . R0_rect . Tr_velo_to_cam, as KITTI's object benchmark says."""
    p2 = projection((160, 48), .06)
    text = '\n'.join([
        f'P2: {write_row(p2)}', f'R0_rect: {write_row(turn(.1))}',
        f'Tr_velo_to_cam: {write_row(TR)}', 'calib_time: 09-Jan-2012 13:57:47'
    ])
    cam2img, lidar2cam = camera_matrices(parse_calibration(text))
    point = np.array([9., 1., .5, 1.])
    expected = p2 @ np.r_[turn(.1) @ (TR @ point), 1]
    np.testing.assert_allclose((cam2img @ lidar2cam @ point)[:3], expected)


@pytest.mark.parametrize('name', ['P2', 'Tr'])
def test_missing_matrix(name):
    text = '\n'.join(line for line in ODOMETRY.splitlines()
                     if not line.startswith(name))
    with pytest.raises(ValueError, match=f"no matrix '{name}"):
        camera_matrices(parse_calibration(text))


def test_no_number():
    with pytest.raises(ValueError, match='abc'):
        parse_calibration('P2: abc ' + '0 ' * 11)


def test_poses_are_the_lidars():
    """One metre along the camera's z axis is one along the LiDAR's x axis.
    """
    second = np.eye(4)[:3]
    second[2, 3] = 1
    text = write_row(np.eye(4)[:3]) + '\n' + write_row(second) + '\n'
    tr = np.vstack([TR, [0, 0, 0, 1]])
    poses = lidar_poses(text, tr)
    np.testing.assert_allclose(poses[0], np.eye(4), atol=1e-12)
    np.testing.assert_allclose(poses[1] @ [5, 2, 0, 1], [6, 2, 0, 1])


def test_short_line_of_poses():
    with pytest.raises(ValueError, match='line 2 has 3 values'):
        lidar_poses(write_row(np.eye(4)[:3]) + '\n1 2 3\n', np.eye(4))


def test_poses_that_are_not_finite():
    rows = [np.eye(4)[:3], np.eye(4)[:3] * np.nan]
    with pytest.raises(ValueError, match='line 2 holds.*not finite'):
        lidar_poses('\n'.join(map(write_row, rows)), np.eye(4))
