"""Geometry against independent references, and its edge cases."""
import pickle

import numpy as np
import pytest
from tiny_nuscenes import CAMERAS, lidar2cam

from reldistill_mm.functional import (PointPixelPairs, crop_pixels,
                                      flip_pixels, occluded,
                                      pair_points_with_pixels, project_points)
from reldistill_mm.functional.geometry import as_4x4


def reference_pixel(point, lidar_to_cam, cam_to_img):
    """One point at a time, in Python floats, homogeneous all the way."""
    homogeneous = [float(value) for value in point[:3]] + [1.0]
    camera = [
        sum(float(row[k]) * homogeneous[k] for k in range(4))
        for row in lidar_to_cam[:3]
    ]
    image = [
        sum(float(row[k]) * camera[k] for k in range(3))
        for row in cam_to_img[:3]
    ]
    if camera[2] == 0:
        return None, None, 0.0
    return image[0] / image[2], image[1] / image[2], camera[2]


def random_scene(rng, count=200):
    xyz = rng.uniform(-30, 30, (count, 3)).astype(np.float32)
    matrices = [lidar2cam(yaw) for yaw in CAMERAS.values()]
    intrinsics = [np.array([[300, 0, 199.5], [0, 310, 119.5], [0, 0, 1]])] * 6
    return xyz, matrices, intrinsics


def test_pairs_equal_reference_point_by_point():
    xyz, matrices, intrinsics = random_scene(np.random.default_rng(0))
    pairs = pair_points_with_pixels(xyz, matrices, intrinsics,
                                    [(240, 400)] * 6)
    expected = []
    for camera in range(6):
        for index, point in enumerate(xyz):
            u, v, depth = reference_pixel(point, matrices[camera],
                                          intrinsics[camera])
            if depth > 1 and 0 <= u <= 399 and 0 <= v <= 239:
                expected.append((index, camera, u, v, depth))
    expected = np.array(expected)
    assert len(expected) > 50
    np.testing.assert_array_equal(pairs.point, expected[:, 0])
    np.testing.assert_array_equal(pairs.camera, expected[:, 1])
    np.testing.assert_allclose(pairs.uv, expected[:, 2:4], atol=1e-3)
    np.testing.assert_allclose(pairs.depth, expected[:, 4], rtol=1e-6)


def test_real_keyframe_counts_and_reference(real_data):
    root = real_data / 'nuscenes_keyframe'
    info = pickle.loads(
        (root / 'nuscenes_infos_keyframe.pkl').read_bytes())['data_list'][0]
    xyz = np.fromfile(
        root / 'samples/LIDAR_TOP' / info['lidar_points']['lidar_path'],
        np.float32).reshape(-1, 5)[:, :3]
    images = list(info['images'].values())
    pairs = pair_points_with_pixels(xyz, [i['lidar2cam'] for i in images],
                                    [i['cam2img'] for i in images],
                                    [(900, 1600)] * 6)
    assert len(xyz) == 34688
    assert len(pairs.point) == 22115
    counts = np.bincount(pairs.camera)
    assert (counts.min(), counts.max()) == (3056, 4822)
    cameras = np.bincount(pairs.point, minlength=len(xyz))
    assert round(100 * (cameras > 0).mean(), 1) == 58.2
    assert round(100 * (cameras > 1).mean(), 1) == 5.6
    for row in range(0, len(pairs.point), 997):
        image = images[pairs.camera[row]]
        u, v, depth = reference_pixel(xyz[pairs.point[row]],
                                      image['lidar2cam'], image['cam2img'])
        assert abs(u - pairs.uv[row, 0]) < 1e-3
        assert abs(v - pairs.uv[row, 1]) < 1e-3
        assert abs(depth - pairs.depth[row]) < 1e-4
    hidden = occluded(pairs, [(900, 1600)] * 6)
    assert 0.001 < hidden.mean() < 0.1


def test_ego_motion_is_in_lidar2cam(real_data):
    """Projecting without it shifts pixels by up to tens of them (trap 21)."""
    root = real_data / 'nuscenes_keyframe'
    info = pickle.loads(
        (root / 'nuscenes_infos_keyframe.pkl').read_bytes())['data_list'][0]
    xyz = np.fromfile(
        root / 'samples/LIDAR_TOP' / info['lidar_points']['lidar_path'],
        np.float32).reshape(-1, 5)[:, :3]
    lidar2ego = np.array(info['lidar_points']['lidar2ego'])
    shifts = []
    for image in info['images'].values():
        static = np.linalg.inv(image['cam2ego']) @ lidar2ego
        uv, depth = project_points(xyz, image['lidar2cam'], image['cam2img'])
        other, _ = project_points(xyz, static, image['cam2img'])
        seen = (depth > 1) & (np.abs(uv - [800, 450]) < [800, 450]).all(1)
        shifts.append(np.median(np.linalg.norm((uv - other)[seen], axis=1)))
    assert max(shifts) > 20


def test_kitti_baseline_and_depth_in_camera_frame(real_data):
    root = real_data / 'kitti_object/training'
    lines = dict(
        line.split(':')
        for line in (root / 'calib/000000.txt').read_text().splitlines()
        if ':' in line)
    calib = {k: np.array(v.split(), float) for k, v in lines.items()}
    rect = np.eye(4)
    rect[:3, :3] = calib['R0_rect'].reshape(3, 3)
    lidar_to_cam = rect @ as_4x4(calib['Tr_velo_to_cam'].reshape(3, 4))
    xyz = np.fromfile(root / 'velodyne/000000.bin',
                      np.float32).reshape(-1, 4)[:, :3]
    p2 = calib['P2'].reshape(3, 4)
    uv, depth = project_points(xyz, lidar_to_cam, p2)
    homogeneous = np.c_[xyz, np.ones(len(xyz))].astype(np.float64)
    expected = p2 @ (lidar_to_cam @ homogeneous.T)
    np.testing.assert_allclose(uv, (expected[:2] / expected[2]).T, atol=1e-6)
    np.testing.assert_allclose(depth, (lidar_to_cam @ homogeneous.T)[2])


def test_no_camera_and_no_point():
    assert len(pair_points_with_pixels(np.zeros((3, 3)), [], [], []).uv) == 0
    _, matrices, intrinsics = random_scene(np.random.default_rng(0))
    pairs = pair_points_with_pixels(
        np.zeros((0, 3), np.float32), matrices, intrinsics, [(9, 9)] * 6)
    assert pairs.uv.shape == (0, 2)
    assert occluded(pairs, [(9, 9)] * 6).shape == (0, )


def test_point_in_the_camera_plane_is_no_pair():
    xyz = np.array([[5.0, 0, 0], [0, 10, 0]])
    pairs = pair_points_with_pixels(xyz, [lidar2cam(0)],
                                    [np.diag([100.0, 100, 1])], [(90, 90)])
    assert np.isfinite(pairs.uv).all() and 0 not in pairs.point


def test_bad_matrix_shape():
    with pytest.raises(ValueError, match='3x3, 3x4 or 4x4'):
        as_4x4(np.zeros((2, 2)))


def grid_pairs(depths, spacing=1.0):
    """A 10 x 10 grid of pixels at each depth."""
    one = np.stack(np.meshgrid(np.arange(10.), np.arange(10.)), -1)
    uv = np.tile(one.reshape(-1, 2) * spacing, (len(depths), 1))
    count = len(uv)
    return PointPixelPairs(
        np.arange(count), np.zeros(count, int), uv.astype(np.float32),
        np.repeat(depths, 100).astype(np.float32))


def test_occlusion_by_a_wall():
    pairs = grid_pairs([5., 5.3, 20.])
    hidden = occluded(pairs, [(10, 10)], cell=1)
    assert not hidden[:200].any() and hidden[200:].all()
    elsewhere = pairs._replace(camera=np.repeat([0, 0, 1], 100))
    assert not occluded(elsewhere, [(10, 10)] * 2, cell=1).any()


def test_occlusion_between_sparse_beams():
    """Rows of a near wall four cells apart hide what shines between them."""
    wall = grid_pairs([5.])
    rows = wall.select(wall.uv[:, 1] % 4 == 0)
    behind = wall._replace(depth=wall.depth + 20)
    pairs = PointPixelPairs.concatenate([rows, behind])
    hidden = occluded(pairs, [(10, 10)], cell=1)[len(rows.point):]
    inside = behind.uv[:, 1] <= 8
    assert hidden[inside].all() and not hidden[~inside].any()


def test_slanted_ground_and_silhouettes_are_not_hidden():
    ground = grid_pairs([1.])
    ground = ground._replace(depth=(60 / (1 + ground.uv[:, 1])))
    assert not occluded(ground, [(10, 10)], cell=1).any()
    pole = grid_pairs([5.])
    pole = pole.select(pole.uv[:, 0] < 3)
    back = grid_pairs([30.])
    back = back.select(back.uv[:, 0] >= 3)
    pairs = PointPixelPairs.concatenate([pole, back])
    hidden = occluded(pairs, [(10, 10)], cell=1)
    # No further than the next cell.
    assert not hidden[pairs.uv[:, 0] != 3].any()


def test_crop_matches_a_resized_coordinate_image():
    """An image whose value is its own u must read the moved u."""
    from PIL import Image
    ramp = np.tile(np.arange(200, dtype=np.float32), (100, 1))
    box, size = (20, 10, 180, 90), (40, 80)
    resized = np.asarray(
        Image.fromarray(ramp).resize(size[::-1], Image.BILINEAR, box=box))
    uv = np.stack([resized[20], np.full(80, 50.0)], 1)
    moved, inside = crop_pixels(uv, box, size)
    np.testing.assert_allclose(moved[2:-2, 0], np.arange(80)[2:-2], atol=1e-3)
    assert inside.all()


def test_crop_drops_what_is_outside_and_flip_is_its_own_inverse():
    uv = np.array([[0, 0], [10, 10], [19.4, 9.4], [19.6, 5]], np.float32)
    _, inside = crop_pixels(uv, (0, 0, 20, 10), (10, 20))
    np.testing.assert_array_equal(inside, [True, False, True, False])
    np.testing.assert_array_equal(flip_pixels(flip_pixels(uv, 20), 20), uv)
    assert flip_pixels(uv, 20)[0, 0] == 19
