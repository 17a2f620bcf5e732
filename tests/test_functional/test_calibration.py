"""Calibrations that fit, and those of which it can be seen they do not."""
import numpy as np
import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.functional.calibration import (check_extrinsics,
                                                  check_intrinsics,
                                                  check_product, check_size,
                                                  looks_up, scale_intrinsics)

POSE = np.array([[0, -1, 0, .1], [0, 0, -1, .2], [1, 0, 0, .3], [0, 0, 0, 1.]])


def pinhole(focal=500., cx=319.5, cy=239.5):
    return np.array([[focal, 0, cx, 0], [0, focal, cy, 0], [0, 0, 1, 0],
                     [0, 0, 0, 1.]])


def changed(matrix, **entries):
    matrix = np.array(matrix, float)
    for place, value in entries.items():
        matrix[int(place[1]), int(place[2])] = value
    return matrix


@pytest.mark.parametrize('matrix', [POSE, POSE[:3], POSE.tolist()])
def test_poses_of_both_shapes(matrix):
    np.testing.assert_array_equal(check_extrinsics(matrix), POSE)


def test_a_left_handed_lidar_is_no_fault():
    check_extrinsics(POSE * [1, -1, 1, 1])


@pytest.mark.parametrize('matrix, message', [
    (POSE.T, 'transposed'),
    (changed(POSE, _03=np.nan), 'not finite'),
    (0 * POSE + np.diag([0, 0, 0, 1]), 'lengths .0.0, 0.0, 0.0.'),
    (changed(POSE, _20=0), 'not a rotation'),
    (POSE * [[2], [2], [2], [1]], 'lengths .2.0, 2.0, 2.0.'),
    (np.eye(3), r'shape \(3, 3\)'),
    (None, 'shape|numbers|finite'),
    ([['a'] * 4] * 4, 'not a matrix of numbers'),
    ([[1, 0], [1]], 'not a matrix of numbers'),
])
def test_poses_that_cannot_be(matrix, message):
    with pytest.raises(BadInput, match=message):
        check_extrinsics(matrix)


@pytest.mark.parametrize('matrix', [
    pinhole(),
    pinhole()[:3],
    pinhole()[:3, :3],
    changed(pinhole()[:3], _03=44.9, _23=.003)
])
def test_intrinsics_of_all_shapes(matrix):
    found = check_intrinsics(matrix)
    rows, columns = np.shape(matrix)
    np.testing.assert_array_equal(found[:rows, :columns], matrix)
    np.testing.assert_array_equal(found[3], (0, 0, 0, 1))


@pytest.mark.parametrize('matrix, message', [
    (pinhole()[:3, :3].T, 'transposed'),
    (changed(pinhole(), _00=np.inf), 'not finite'),
    (changed(pinhole(), _11=0), 'focal'),
    (changed(pinhole(), _00=-500), 'focal lengths of -500'),
    (np.zeros((3, 3)), 'third row'),
    (np.eye(2), '3x3'),
])
def test_intrinsics_that_cannot_be(matrix, message):
    with pytest.raises(BadInput, match=message):
        check_intrinsics(matrix)


def test_scaled_intrinsics_move_pixels_with_the_image():
    cam2img = changed(pinhole(), _03=20, _23=.004, _01=1.5)
    scaled = scale_intrinsics(cam2img, (480, 640), (160, 320 * 2 // 3))
    points = np.column_stack(
        [np.random.default_rng(0).uniform(1, 9, (20, 3)),
         np.ones(20)])
    old, new = (points @ m[:3].T for m in (cam2img, scaled))
    old, new = (p[:, :2] / p[:, 2:] for p in (old, new))
    scale = np.array([213 / 640, 160 / 480])
    np.testing.assert_allclose(new, (old + .5) * scale - .5, atol=1e-9)


@pytest.mark.parametrize('size', [(640, 480), (400, 600), (480, 500)])
def test_other_proportions_are_not_scaled(size):
    with pytest.raises(BadInput, match='640 x 480, which are other propor'):
        scale_intrinsics(pinhole(), (480, 640), size)


@pytest.mark.parametrize('size', [(480, 640), (500, 660), (470, 600),
                                  (480, 500), (300, 640)])
def test_sizes_that_may_be(size):
    check_size(pinhole(), size)


@pytest.mark.parametrize('scale', [2, .5, .8, 1.2])
def test_a_resized_image_is_seen(scale):
    size = round(480 * scale), round(640 * scale)
    with pytest.raises(BadInput, match='about 640 x 480'):
        check_size(pinhole(), size)


@pytest.mark.parametrize('place, value', [((1, 0), 500), ((0, 1), 200),
                                          ((1, 1), 9000)])
def test_intrinsics_of_no_pinhole_are_refused(place, value):
    matrix = pinhole()
    matrix[place] = value
    with pytest.raises(BadInput, match='in its corner'):
        check_intrinsics(matrix)


def test_a_camera_that_does_not_stand_upright_is_seen():
    # x right, y down, z forward, from x forward, y left, z up.
    upright = np.eye(4)
    upright[:3, :3] = [[0, -1, 0], [0, 0, -1], [1, 0, 0]]
    assert not looks_up(upright)
    assert looks_up(np.linalg.inv(upright))
    opengl = np.diag([1., -1, -1, 1]) @ upright
    assert looks_up(opengl)


def test_intrinsics_in_units_of_the_image_are_seen():
    with pytest.raises(BadInput, match='640 x 480'):
        check_size(pinhole(.8, .5, .5), (480, 640))


@pytest.mark.parametrize('cam2img, size, sizes', [
    (pinhole(1266.4, 816.3, 491.5), (900, 1600), '1600 x 900'),
    (pinhole(809.2, 829.2, 481.8), (900, 1600), '1600 x 900'),
    (pinhole(707.05, 604.08, 180.5), (370, 1224), '1242 x 375'),
    (pinhole(721.54, 609.56, 172.85), (375, 1242), '1242 x 375'),
])
def test_known_cameras_are_held_to_the_pixel(cam2img, size, sizes):
    check_size(cam2img, size)
    height, width = size
    with pytest.raises(BadInput, match=f'{round(width * .95)} x.*{sizes}'):
        check_size(cam2img, (round(height * .95), round(width * .95)))


def test_a_product_of_another_calibration():
    product = pinhole() @ POSE
    check_product(product, POSE, pinhole())
    check_product(3 * product[:3], POSE, pinhole())
    for other in (pinhole() @ changed(POSE, _03=.3), 0 * product, -product,
                  pinhole(520) @ POSE):
        with pytest.raises(BadInput, match='lidar2img puts points'):
            check_product(other, POSE, pinhole())
