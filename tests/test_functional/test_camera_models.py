"""Lenses against OpenCV, and where their polynomials turn back."""
import cv2
import numpy as np
import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (lens_of, pair_points_with_pixels,
                                      project_points)
from reldistill_mm.functional.camera_models import (bend_rays, check_lens,
                                                    widest)

K = np.array([[500., 0, 320], [0, 510, 240], [0, 0, 1]])
SIZE = 480, 640
BROWN_CONRADY = {
    'barrel': [-0.33, 0.11, 1e-3, -7e-4, -0.014],
    'four': [-0.28, 0.07, 2e-4, 2e-5],
    'radial': [-0.4, 0.1, 0, 0, 0],
    'pincushion': [0.15, -0.02, -2e-3, 1e-3, 0.001],
    'rational': [2.1, 1.3, 1e-4, -2e-4, 0.09, 2.5, 2.0, 0.4],
    'decentred': [0., 0, 0.02, -0.03],
}
KANNALA_BRANDT = {
    'equidistant': [0., 0, 0, 0],
    'wide': [0.02, -0.005, 0.001, -2e-4],
    'turns back': [-0.2, 0.01, 0, 0],
}


def rays(seed=0, count=4000, behind=False):
    """Points of any direction in front of the camera, some on the axis."""
    rng = np.random.default_rng(seed)
    xyz = rng.normal(size=(count, 3)) * 5
    xyz[:, 2] = np.abs(xyz[:, 2]) + 0.01
    xyz[:5] = [0, 0, 3]
    xyz[5:10] = [0, 2, 3]
    return xyz


def opencv(model, xyz, matrix, coefficients):
    zero, coefficients = np.zeros(3), np.array(coefficients)
    if model == 'brown_conrady':
        uv, _ = cv2.projectPoints(xyz, zero, zero, matrix, coefficients)
    else:
        uv, _ = cv2.fisheye.projectPoints(xyz[:, None], zero, zero, matrix,
                                          coefficients)
    return uv.reshape(-1, 2)


CASES = [('brown_conrady', name)
         for name in BROWN_CONRADY] + [('kannala_brandt', name)
                                       for name in KANNALA_BRANDT]


def coefficients_of(model, name):
    return (BROWN_CONRADY
            if model == 'brown_conrady' else KANNALA_BRANDT)[name]


@pytest.mark.parametrize('model, name', CASES)
def test_opencv_puts_every_ray_there(model, name):
    """Those beyond the range of the model, too."""
    coefficients = coefficients_of(model, name)
    xyz = rays()
    lens = lens_of(model, coefficients)
    x, y, seen = bend_rays(lens, *xyz.T)
    found = np.stack([x, y], 1) * [K[0, 0], K[1, 1]] + K[:2, 2]
    np.testing.assert_allclose(
        found, opencv(model, xyz, K, coefficients), rtol=1e-9, atol=1e-6)
    assert seen.any()


@pytest.mark.parametrize('model, name', CASES)
def test_pairs_equal_opencv_and_none_is_folded_back(model, name):
    coefficients = coefficients_of(model, name)
    xyz = rays(1, 40000).astype(np.float32)
    lens = lens_of(model, coefficients)
    pairs = pair_points_with_pixels(
        xyz, [np.eye(4)], [K], [SIZE], min_depth=0.5, lenses=[lens])
    uv = opencv(model, xyz.astype(np.float64), K, coefficients)
    np.testing.assert_allclose(pairs.uv, uv[pairs.point], atol=1e-3)
    inside = ((uv >= 0) & (uv <= [639, 479])).all(1)
    inside &= xyz[:, 2] > 0 if model == 'kannala_brandt' else xyz[:, 2] > 0.5
    if model == 'kannala_brandt':
        inside &= np.linalg.norm(xyz, axis=1) > 0.5
    rows = np.flatnonzero(inside)
    least = least_area(model, coefficients, xyz[rows].astype(np.float64))
    # Decentring has a limit of its own in each direction, of which the least
    # is taken: a sliver is left out that this reference would keep.
    assert set(pairs.point) <= set(rows[least > 0])
    missed = set(rows[least > 0]) - set(pairs.point)
    assert len(missed) <= (0.02 * len(rows) if name == 'decentred' else 0)
    assert len(pairs.point) > 500


def least_area(model, coefficients, xyz):
    """Least stretch of the image on the way from the axis to each point.

    Slow: walks from the axis to the point, by differences; positive where
    the image nowhere turned back.
    """
    across = np.hypot(*xyz.T[:2])
    turn = np.arctan2(xyz[:, 1], xyz[:, 0])
    angle = np.arctan2(across, xyz[:, 2])
    step, least = 1e-6, np.inf

    def bent(a, turn):
        ray = np.stack(
            [np.sin(a) * np.cos(turn),
             np.sin(a) * np.sin(turn),
             np.cos(a)])
        return naive(model, coefficients, ray)

    for share in np.linspace(0.002, 1, 500):
        a = np.maximum(share * angle, 1e-4)
        outward = bent(a + step, turn) - bent(a - step, turn)
        around = bent(a, turn + step) - bent(a, turn - step)
        area = outward[0] * around[1] - outward[1] * around[0]
        least = np.minimum(least, area)
    return least


def naive(model, coefficients, ray):
    across = np.hypot(*ray[:2])
    if model == 'kannala_brandt':
        angle = np.arctan2(across, ray[2])
        radius = angle + sum(k * angle**(2 * i + 3)
                             for i, k in enumerate(coefficients))
        return radius * ray[:2] / across
    k = list(coefficients) + [0.0] * (8 - len(coefficients))
    x, y = ray[:2] / ray[2]
    s = x * x + y * y
    radial = ((1 + k[0] * s + k[1] * s**2 + k[4] * s**3) /
              (1 + k[5] * s + k[6] * s**2 + k[7] * s**3))
    return np.array([
        x * radial + 2 * k[2] * x * y + k[3] * (s + 2 * x * x),
        y * radial + 2 * k[3] * x * y + k[2] * (s + 2 * y * y)
    ])


def test_where_polynomials_turn_back():
    # r - r^3 / 3 - with r^5: 1 - 1.2 s + 0.5 s^2 has no real root.
    assert widest(lens_of('brown_conrady', [-1 / 3, 0, 0, 0])) == 1
    assert widest(lens_of('brown_conrady', [-.4, .1, 0, 0])) == np.inf
    # Its poles: 1 - 0.25 s.
    assert widest(lens_of('brown_conrady', [0, 0, 0, 0, 0, -.25, 0, 0])) == 2
    # x + 3 p2 x^2 turns back at x = -1 / (6 p2).
    assert abs(widest(lens_of('brown_conrady', [0, 0, 0, .1])) - 1 / .6) < 1e-6
    assert widest(lens_of('kannala_brandt', [0, 0, 0, 0])) == np.pi
    assert abs(widest(lens_of('kannala_brandt', [-1 / 3, 0, 0, 0])) -
               1) < 1e-12


def test_a_fisheye_sees_beside_and_behind_itself():
    """OpenCV mirrors such points; the model is the angle's."""
    lens = lens_of('kannala_brandt', [0, 0, 0, 0])
    matrix = np.array([[100., 0, 320], [0, 100, 240], [0, 0, 1]])
    angles = np.deg2rad([0, 45, 89.9, 90, 95, 120, 150])
    xyz = 4 * np.stack([np.sin(angles), 0 * angles, np.cos(angles)], 1)
    uv, depth = project_points(xyz, np.eye(4), matrix, lens)
    np.testing.assert_allclose(uv[:, 0], 320 + 100 * angles)
    np.testing.assert_allclose(depth, 4)
    pairs = pair_points_with_pixels(
        xyz, [np.eye(4)], [matrix], [SIZE], lenses=[lens])
    assert pairs.point.tolist() == list(range(7))
    # A pinhole's plane of distance 1 needs them in front.
    lens = lens_of('brown_conrady', [-.1, 0, 0, 0])
    uv, _ = project_points(xyz, np.eye(4), matrix, lens)
    assert np.isfinite(uv[:2]).all() and np.isnan(uv[3:]).all()


def test_a_lens_that_bends_nothing_is_a_pinhole():
    assert lens_of('brown_conrady', np.zeros((1, 5))) is None
    assert lens_of('pinhole', [0, 0, 0, 0]) is lens_of() is None
    lens = lens_of('brown_conrady', [1e-12, 0, 0, 0])
    turned = np.array([[0, -1, 0, .1], [0, 0, -1, .2], [1, 0, 0, .3],
                       [0, 0, 0, 1.]])
    # With KITTI's baseline and a skew.
    matrix = np.array([[500., 3, 320, 45], [0, 510, 240, -.3], [0, 0, 1, 2e-3],
                       [0, 0, 0, 1]])
    xyz = np.random.default_rng(0).normal(size=(500, 3)) * 4 + [9, 0, 0]
    xyz = xyz[xyz[:, 0] > 1]
    bent, depth = project_points(xyz, turned, matrix, lens)
    straight, other = project_points(xyz, turned, matrix)
    np.testing.assert_allclose(bent, straight, atol=1e-6)
    # The third row of KITTI's P moves it along its axis by 2 mm.
    np.testing.assert_allclose(depth, other, atol=3e-3)


@pytest.mark.parametrize('model, coefficients, message', [
    ('fisheye', [0, 0, 0, 0], "'fisheye', not one of 'pinhole'"),
    (None, [0.1, 0, 0, 0], 'no camera_model'),
    ('pinhole', [0.1], 'a pinhole has none'),
    ('brown_conrady', [0.1, 0, 0], '3 coefficients.*4, 5 or 8'),
    ('brown_conrady', None, '0 coefficients'),
    ('kannala_brandt', [0.1] * 5, '5 coefficients.*4 .k1'),
    ('kannala_brandt', [0, np.nan, 0, 0], 'not finite'),
    ('kannala_brandt', ['a', 0, 0, 0], 'not a list of numbers'),
    ('brown_conrady', [0.1] * 12, 'thin prisms'),
    ('brown_conrady', [1e9, 0, 0, 0], 'no lens has'),
])
def test_what_is_no_lens(model, coefficients, message):
    with pytest.raises(BadInput, match=message):
        lens_of(model, coefficients)


def test_twelve_coefficients_of_which_four_are_zero():
    lens = lens_of('brown_conrady', [-.1] + [0] * 11)
    assert lens.coefficients == (-.1, 0, 0, 0, 0, 0, 0, 0)


def test_coefficients_that_cannot_be_this_images():
    check_lens(lens_of('brown_conrady', BROWN_CONRADY['barrel']), K, SIZE)
    check_lens(lens_of('kannala_brandt', KANNALA_BRANDT['wide']), K, SIZE)
    with pytest.raises(BadInput, match='sees no farther than .* 640 x 480'):
        check_lens(lens_of('brown_conrady', [-20, 0, 0, 0]), K, SIZE)


def test_no_point():
    lens = lens_of('kannala_brandt', [0.1, 0, 0, 0])
    pairs = pair_points_with_pixels(
        np.zeros((0, 3)), [np.eye(4)], [K], [SIZE], lenses=[lens])
    assert pairs.uv.shape == (0, 2)
