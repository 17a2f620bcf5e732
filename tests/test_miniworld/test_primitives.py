"""Ray intersections against a reference that marches along the rays."""
import numpy as np
import pytest

from miniworld.primitives import (hit_convex, hit_ellipsoid, hit_frustum,
                                  tapered_box_planes)

ORIGINS = [(3., .4, .2), (-2.5, 2., 1.4), (.3, -.2, 4.), (1.5, 2.5, -3.)]


def rays(origin, count=400, seed=0):
    """Directions towards the surroundings of 0, (3, count)."""
    rng = np.random.default_rng(seed)
    d = rng.uniform(-1.3, 1.3, (3, count)) - np.asarray(origin)[:, None]
    return d / np.linalg.norm(d, axis=0)


def march(inside, origin, dirs, far=8., steps=4000):
    """First t at which ``inside`` holds, to far / steps."""
    t = np.linspace(0, far, steps)
    p = (np.asarray(origin)[:, None, None] + dirs[:, :, None] * t[None, None])
    hit = inside(p)
    return np.where(hit.any(1), t[hit.argmax(1)], np.inf)


def check(t, reference):
    """Same hits, except where a ray only grazes; same distances."""
    both = np.isfinite(t) & np.isfinite(reference)
    assert (np.isfinite(t) == np.isfinite(reference)).mean() > .98
    assert both.sum() > 20
    # A ray along the surface enters between two steps of the march.
    assert np.quantile(np.abs(t[both] - reference[both]), .97) < 4e-3


@pytest.mark.parametrize('origin', ORIGINS)
@pytest.mark.parametrize('taper', [(0, 0, 0), (.3, .1, .4)])
def test_tapered_box(origin, taper):
    half = np.array([.9, .6, .5])
    normals, offsets = tapered_box_planes(half[None], np.array([taper]))
    dirs = rays(origin)
    t, face = hit_convex(normals[0], normals[0] @ origin - offsets[0], dirs)

    def inside(p):
        up = (p[2] + half[2]) / (2 * half[2])
        return ((up >= 0) & (up <= 1) & (p[0] <= half[0] - taper[0] * up) &
                (p[0] >= -half[0] + taper[1] * up) &
                (np.abs(p[1]) <= half[1] - taper[2] * up))

    check(t, march(inside, origin, dirs))
    hit = np.isfinite(t)
    p = np.asarray(origin)[:, None] + t[hit] * dirs[:, hit]
    on_face = (normals[0][face[hit]] * p.T).sum(1) - offsets[0][face[hit]]
    np.testing.assert_allclose(on_face, 0, atol=1e-9)
    assert ((normals[0][face[hit]] * dirs[:, hit].T).sum(1) < 0).all()


@pytest.mark.parametrize('origin', ORIGINS)
def test_ellipsoid(origin):
    radii = np.array([1.1, .7, .5])
    dirs = rays(origin)
    t = hit_ellipsoid(np.asarray(origin), radii, dirs)
    check(
        t,
        march(lambda p: ((p / radii[:, None, None])**2).sum(0) <= 1, origin,
              dirs))


@pytest.mark.parametrize('origin', ORIGINS)
@pytest.mark.parametrize('radii', [(.7, .7), (.9, .2), (.3, .8)])
def test_frustum(origin, radii):
    params = np.array([*radii, .6, 0.])
    dirs = rays(origin)
    t, _ = hit_frustum(np.asarray(origin), params, dirs)

    def inside(p):
        r = radii[0] + (radii[1] - radii[0]) * (p[2] + .6) / 1.2
        return (np.abs(p[2]) <= .6) & (p[0]**2 + p[1]**2 <= r**2)

    check(t, march(inside, origin, dirs))


def test_ray_passes_through_the_hole_of_a_ring():
    origin = np.array([0, 0, 3.])
    dirs = np.array([[0, .18, .6], [0, 0, 0], [-1., -1, -1]])
    t, part = hit_frustum(origin, np.array([.7, .7, .05, .4]), dirs)
    assert np.isinf(t[0]) and np.isfinite(t[1]) and np.isinf(t[2])
    assert part[1] == 1


def test_origin_inside_is_no_hit():
    normals, offsets = tapered_box_planes(np.ones((1, 3)), np.zeros((1, 3)))
    dirs = rays((0, 0, 0))
    t, _ = hit_convex(normals[0], -offsets[0], dirs)
    assert np.isinf(t).all()
    assert np.isinf(hit_ellipsoid(np.zeros(3), np.ones(3), dirs)).all()


@pytest.mark.parametrize('origin', ORIGINS)
def test_one_solid_a_ray_is_one_solid_to_the_bit(origin):
    """NumPy 1 computes with float32 scalars in float64, not so arrays."""
    dirs = rays(origin, count=4000).astype(np.float32)
    one = np.array(origin)
    many = np.repeat(one[:, None], dirs.shape[1], 1)
    radii = np.array([1.1, .7, .5])
    params = np.array([.9, .2, .6, .1])
    for hit, shape in ((hit_ellipsoid, radii), (hit_frustum, params)):
        single = hit(one, shape, dirs)
        batch = hit(many, np.repeat(shape[:, None], dirs.shape[1], 1), dirs)
        np.testing.assert_array_equal(single, batch)
