"""Ray intersections with the solids that MiniWorld is made of.

One call tries one solid on many rays from one origin (a sensor is a point),
or each ray on a solid of its own. Directions are ``(3, ...)`` arrays of any
length, and a solid's numbers may have the same trailing axes. The answer
``t`` is in units of the directions, so that a camera ray with unit z in the
camera frame gives depth. A ray that misses gets ``inf``. A solid that holds
the origin is never hit.
"""

import numpy as np

Array = np.ndarray
_EPS = 1e-7


def hit_convex(normals: Array, distance: Array,
               dirs: Array) -> tuple[Array, Array]:
    """Rays against one convex solid given by its face planes.

    Args:
        normals (Array): (F, 3) or (F, 3, ...) outward unit normals, in the
            frame of ``dirs``.
        distance (Array): (F,) or (F, ...) signed distance of the rays' origin
            to each plane in metres, positive outside.
        dirs (Array): (3, ...) ray directions.

    Returns:
        ``t`` (...) with inf for a miss, and ``face`` (...) int8.
    """
    near = np.full(dirs.shape[1:], -np.inf, dirs.dtype)
    far = np.full(dirs.shape[1:], np.inf, dirs.dtype)
    face = np.zeros(dirs.shape[1:], np.int8)
    for k in range(len(distance)):
        n, dist = (
            np.asarray(v, dirs.dtype) for v in (normals[k], -distance[k]))
        outside = distance[k] > 0
        slope = dirs[0] * n[0]
        slope += dirs[1] * n[1]
        slope += dirs[2] * n[2]
        crosses = np.where(outside, slope < -_EPS, slope > _EPS)
        t = np.where(crosses, dist / np.where(crosses, slope, 1), np.inf)
        enters = outside & (t > near)
        face[enters] = k
        near[enters] = t[enters]
        np.minimum(far, np.where(outside, np.inf, t), out=far)
    near[(near > far) | (near == -np.inf)] = np.inf
    return near, face


def hit_ellipsoid(origin: Array, radii: Array, dirs: Array) -> Array:
    """Rays against the ellipsoid ``|p / radii| = 1``.

    Args:
        origin (Array): (3,) or (3, ...) origin in the ellipsoid's frame,
            metres.
        radii (Array): (3,) or (3, ...) half axes in metres.
        dirs (Array): (3, ...) directions in the ellipsoid's frame.

    Returns:
        ``t`` (...), inf for a miss.
    """
    o = (origin / radii).astype(dirs.dtype)
    d = [dirs[k] / np.asarray(radii[k], dirs.dtype) for k in range(3)]
    c = (o * o).sum(0, dtype=float).astype(dirs.dtype) - 1
    a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
    b = o[0] * d[0] + o[1] * d[1] + o[2] * d[2]
    disc = b * b - a * c
    hit = (disc > 0) & (b < 0) & (c > 0)
    root = np.sqrt(np.where(hit, disc, 0))
    return np.where(hit, (-b - root) / a, np.inf).astype(dirs.dtype)


def hit_frustum(origin: Array, params: Array,
                dirs: Array) -> tuple[Array, Array]:
    """Rays against a capped cone, cylinder or ring along the local z axis.

    Args:
        origin (Array): (3,) or (3, ...) origin in the solid's frame, metres.
        params (Array): (4,) or (4, ...) radius at the bottom, radius at the
            top, half height and the radius of the hole in the caps (0 for
            none), metres.
        dirs (Array): (3, ...) directions in the solid's frame.

    Returns:
        ``t`` (...) with inf for a miss, and ``part`` (...) int8: 0 for the
        side, 1 for the top cap, 2 for the bottom cap.
    """
    r0, r1, h, hole = (np.asarray(v, dirs.dtype) for v in params)
    o = origin.astype(dirs.dtype)
    mean, grow = (r0 + r1) / 2, (r1 - r0) / (2 * h.astype(float))
    dx, dy, dz = dirs
    at_o = mean + grow * o[2]
    # What belongs to the solid alone is rounded last.
    g2, g_o = (np.asarray(grow * v, dirs.dtype) for v in (grow, at_o))
    a = dx * dx + dy * dy - g2 * dz * dz
    b = o[0] * dx + o[1] * dy - g_o * dz
    c = o[0] * o[0] + o[1] * o[1] - at_o * at_o
    t = np.full(dirs.shape[1:], np.inf, dirs.dtype)
    outside = (np.abs(o[2]) > h) | (c > 0) | (hole != 0)
    disc = b * b - a * c.astype(dirs.dtype)
    good = (disc > 0) & (np.abs(a) > _EPS) & outside
    root, a = np.sqrt(np.where(good, disc, 0)), np.where(good, a, 1)
    for sign in (-1, 1):
        ts = (-b + sign * root) / a
        ok = good & (ts > 0) & (np.abs(o[2] + ts * dz) <= h) & (ts < t)
        t[ok] = ts[ok]
    part = np.zeros(t.shape, np.int8)
    for sign, radius, k in ((1, r1, 1), (-1, r0, 2)):
        ok = (sign * dz < -_EPS) & (sign * o[2] > h)
        tc = (sign * h - o[2]) / np.where(ok, dz, 1)
        rr = (o[0] + tc * dx)**2 + (o[1] + tc * dy)**2
        ok &= (rr <= radius * radius) & (rr >= hole * hole) & (tc < t)
        t[ok] = tc[ok]
        part[ok] = k
    return t, part


def tapered_box_planes(half: Array, taper: Array) -> tuple[Array, Array]:
    """Face planes of boxes whose top may be smaller than their bottom.

    Args:
        half (Array): (N, 3) half extents at the bottom, metres.
        taper (Array): (N, 3) how far the top's front, back and both sides are
            drawn in, metres.

    Returns:
        Outward unit normals (N, 6, 3) in the order +x, -x, +y, -y, +z, -z,
        and offsets (N, 6) with ``normal @ p = offset`` on the face.
    """
    n = len(half)
    normals = np.zeros((n, 6, 3))
    height = 2 * half[:, 2]
    for k, (axis, sign, inset) in enumerate(
        ((0, 1, taper[:, 0]), (0, -1, taper[:, 1]), (1, 1, taper[:, 2]),
         (1, -1, taper[:, 2]))):
        normals[:, k, axis] = sign * height
        normals[:, k, 2] = inset
    normals[:, 4, 2] = 1
    normals[:, 5, 2] = -1
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    foot = np.stack([
        half * (1, 0, -1), half * (-1, 0, -1), half * (0, 1, -1), half *
        (0, -1, -1), half * (0, 0, 1), half * (0, 0, -1)
    ], 1)
    return normals, (normals * foot).sum(2)
