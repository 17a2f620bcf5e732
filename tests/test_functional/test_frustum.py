"""What is left out before the exact projection is in no image."""
import numpy as np
import pytest

from reldistill_mm.functional import pair_points_with_pixels, project_points
from reldistill_mm.functional.frustum import SinglePrecision

SIZE = (90, 160)
CAM2IMG = np.array([[120., 3, 79.5], [0, 130, 44.5], [0, 0, 1]])


def random_camera(rng):
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, rng.normal(size=3)
    return matrix


def expected_points(xyz, lidar2cam, cam2img, min_depth, border):
    uv, depth = project_points(xyz, lidar2cam, cam2img)
    low, high = border, np.array([SIZE[1], SIZE[0]]) - 1 - border
    inside = ((uv >= low) & (uv <= high)).all(1)
    return np.flatnonzero(inside & (depth > min_depth))


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('spread', [1e-3, 10, 1e6])
@pytest.mark.parametrize('border, min_depth', [(0, 1), (7.5, 0), (0, -5)])
def test_no_pair_is_lost(dtype, spread, border, min_depth):
    rng = np.random.default_rng(0)
    xyz = (spread * rng.normal(size=(3000, 3))).astype(dtype)
    for _ in range(5):
        camera = random_camera(rng)
        pairs = pair_points_with_pixels(xyz, [camera], [CAM2IMG], [SIZE],
                                        min_depth, border)
        np.testing.assert_array_equal(
            pairs.point,
            expected_points(xyz, camera, CAM2IMG, min_depth, border))


def test_points_on_the_edge_far_away():
    """Exactly at the outer centres, where float32 cannot tell the side."""
    rng = np.random.default_rng(1)
    depth = 10**rng.uniform(.1, 5, 4000)
    u = rng.choice([0., SIZE[1] - 1], 4000)
    rays = np.linalg.solve(CAM2IMG, np.stack([u, 0 * u + 40, 0 * u + 1]))
    camera = random_camera(rng)
    xyz = (np.linalg.inv(camera) @ np.vstack([rays * depth, 0 * u + 1]))[:3].T
    pairs = pair_points_with_pixels(xyz, [camera], [CAM2IMG], [SIZE])
    np.testing.assert_array_equal(pairs.point,
                                  expected_points(xyz, camera, CAM2IMG, 1, 0))
    assert 1000 < len(pairs.point) < 4000


def test_what_is_not_a_number_harms_no_other_point():
    xyz = np.array([[0, 0, 5], [np.nan, 0, 5], [0, np.inf, 5], [0, 0, 1e30],
                    [0, 1e30, 5], [0, 0, -5]])
    with np.errstate(invalid='ignore'):
        pairs = pair_points_with_pixels(xyz, [np.eye(4)], [CAM2IMG], [SIZE])
    assert pairs.point.tolist() == [0, 3]


def test_clouds_may_grow_and_shrink():
    camera = np.eye(4)
    rng = np.random.default_rng(2)
    for count in (5, 0, 4000, 17):
        xyz = 20 * rng.normal(size=(count, 3))
        pairs = pair_points_with_pixels(xyz, [camera], [CAM2IMG], [SIZE])
        np.testing.assert_array_equal(
            pairs.point, expected_points(xyz, camera, CAM2IMG, 1, 0))


def test_most_of_a_cloud_is_left_out():
    xyz = np.random.default_rng(3).normal(size=(5000, 3))
    near = SinglePrecision(xyz).between_sides(CAM2IMG @ np.eye(4)[:3], SIZE[1],
                                              0.)
    assert len(near) < .3 * len(xyz)
