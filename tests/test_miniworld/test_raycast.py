"""The world in memory: culling, pixel convention, times, classes."""
import dataclasses

import numpy as np
import pytest

from miniworld import (NUSCENES_16, TO_NUSCENES, SceneJob, nuscenes_to_16,
                       raycast, scene_world, take_scan)
from miniworld.raycast import GROUND, cast_camera, cast_lidar
from miniworld.sensors import CAMERAS, invert, shot_delay


def job(split='train', index=0, size=(160, 90), steps=200, seed=0):
    return SceneJob('', 'v1.0-mini', 'scene', split, index, 5, size, steps,
                    seed)


@pytest.fixture(
    scope='module',
    params=[('train', 1), ('val', 0)],
    ids=lambda p: f'{p[0]}{p[1]}')
def scene(request):
    return scene_world(job(*request.param))


def no_culling(monkeypatch, height, width):
    monkeypatch.setattr(
        raycast, 'camera_rects', lambda camera, corners: np.tile(
            (0, height, 0, width), (len(corners), 1)))
    monkeypatch.setattr(
        raycast, 'lidar_rects', lambda lidar, corners: [[(
            0, len(lidar.elevations), 0, lidar.steps)]] * len(corners))


def test_culling_changes_nothing(scene, monkeypatch):
    world, rig = scene
    cameras = [c for c in rig.cameras if c.name in ('CAM_FRONT', 'CAM_BACK')]
    fast = [cast_camera(world, c, .7) for c in cameras]
    fast.append(cast_lidar(world, rig.lidar, .7))
    no_culling(monkeypatch, 90, 160)
    slow = [cast_camera(world, c, .7) for c in cameras]
    slow.append(cast_lidar(world, rig.lidar, .7))
    for a, b in zip(fast, slow):
        np.testing.assert_array_equal(a.solid, b.solid)
        np.testing.assert_array_equal(a.t, b.t)


def test_normals_are_unit_vectors_against_the_ray(scene):
    world, rig = scene
    hits = cast_camera(world, rig.cameras[0], 0.)
    seen = hits.solid != raycast.SKY
    n, d = hits.normal[:, seen], hits.dirs[:, seen]
    np.testing.assert_allclose(np.linalg.norm(n, axis=0), 1, atol=1e-4)
    assert ((n * d).sum(0) < 1e-4).mean() > .999


def test_integer_pixels_are_pixel_centres(scene):
    """The middle of what is seen at (u, v) projects to (u, v)."""
    world, rig = scene
    camera = rig.cameras[3]
    hits = cast_camera(world, camera, .4)
    seen = np.isfinite(hits.t)
    p = hits.points().astype(float)[:, seen]
    inverse = invert(world.ego_pose(.4) @ camera.to_ego)
    q = inverse[:3, :3] @ p + inverse[:3, 3:]
    uv = camera.matrix @ (q / q[2])
    v, u = np.nonzero(seen)
    np.testing.assert_allclose(uv[:2], [u, v], atol=.02)
    np.testing.assert_allclose(q[2], hits.t[seen], rtol=1e-3, atol=1e-3)


def test_ground_is_met_at_its_two_heights(scene):
    world, rig = scene
    hits = cast_lidar(world, rig.lidar, 0.)
    ground = hits.solid == GROUND
    z = hits.points()[2][ground]
    level = hits.normal[2][ground] > .5
    assert np.isin(np.round(z[level], 6), (0., .15)).all()
    assert ((z > -1e-6) & (z < .15 + 1e-6)).all()


def test_moving_things_are_where_they_are_at_the_shot(scene):
    """Between the LiDAR's time and a shot, all that moves has moved."""
    world, _ = scene
    moving = [t for t in world.things if t.moves]
    assert moving
    for thing in moving:
        a, b = (thing.motion.pose(world.ground, t)[:2, 3] for t in (1., .96))
        away = np.linalg.norm(a - b)
        assert away == pytest.approx(.04 * thing.motion.speed, rel=.06)


def test_shots_are_0_5_to_43_ms_before_the_scan(scene):
    _, rig = scene
    assert [c.name for c in rig.cameras] == list(CAMERAS)
    rng = np.random.default_rng(0)
    delays = [shot_delay(c, rng) for c in rig.cameras for _ in range(50)]
    assert min(delays) >= -43000 and max(delays) <= -500
    assert len(set(delays)) > 50


def test_ego_motion_is_visible(scene):
    """Projecting without it moves pixels, as on real keyframes."""
    world, rig = scene
    scan = take_scan(world, rig.lidar, 1., world.rng(9))
    p = np.c_[scan.points[:, :3], np.ones(len(scan.points))]
    medians = {}
    for camera in rig.cameras:
        camera = dataclasses.replace(
            camera, matrix=np.diag([10, 10, 1.]) @ camera.matrix)
        uv = []
        for time in (1. + camera.delay / 1e6, 1.):
            to = (
                invert(world.ego_pose(time) @ camera.to_ego)
                @ world.ego_pose(1.) @ rig.lidar.to_ego)
            q = p @ to.T
            uv.append((q[:, :3] @ camera.matrix.T)[:, :2] / q[:, 2:3])
        ok = (q[:, 2] > 1) & (np.abs(uv[0] - 10 * 80) < 800).all(1)
        shift = np.linalg.norm(uv[0] - uv[1], axis=1)[ok]
        medians[camera.name] = np.median(shift)
    # Pixels of a picture of 1600 x 900; trap 21 has .7 to 38.5.
    assert .2 < medians['CAM_BACK_LEFT'] < 8
    assert medians['CAM_FRONT_LEFT'] > 8


def classes_of(split, scenes):
    """(16,) how many points each class has."""
    table, total = nuscenes_to_16(), np.zeros(16, int)
    for index in range(scenes):
        world, rig = scene_world(job(split, index, steps=542))
        for k in range(5):
            scan = take_scan(world, rig.lidar, k / 2, world.rng(3, k))
            label = table[TO_NUSCENES[scan.surface]]
            total += np.bincount(label[label >= 0], minlength=16)
    return dict(zip(NUSCENES_16, total))


@pytest.mark.parametrize('split, scenes', [('train', 8), ('val', 2)])
def test_all_classes_occur_in_the_default_world(split, scenes):
    points = classes_of(split, scenes)
    assert min(points.values()) >= 50
    assert points['driveable_surface'] > 100 * points['bicycle']
    assert points['car'] > 10 * points['motorcycle']
    assert points['manmade'] > points['pedestrian'] * 10
    assert max(points, key=points.get) == 'driveable_surface'
