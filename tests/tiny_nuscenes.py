"""A keyframe in nuScenes' layout and mmdet3d's info format, made in memory.

A flat ground and eight boxes around six pinhole cameras; small enough for a
test to write in milliseconds, read by the same code as nuScenes.
"""
import pickle
from pathlib import Path

import numpy as np
from PIL import Image

CAMERAS = dict(
    CAM_FRONT=0,
    CAM_FRONT_RIGHT=-55,
    CAM_FRONT_LEFT=55,
    CAM_BACK=180,
    CAM_BACK_LEFT=110,
    CAM_BACK_RIGHT=-110)
HEIGHT, WIDTH = 90, 160
FOCAL = 110.0
# Raw lidarseg ids of ground and boxes: driveable surface, car, manmade, ...
GROUND, BOXES = 24, (17, 28, 30, 23, 17, 9, 2, 26)


def make_points(rng: np.random.Generator, count: int = 3000) -> np.ndarray:
    """(count, 6): x, y, z, intensity, ring and the raw label."""
    points = np.zeros((count, 6), np.float32)
    angle = rng.uniform(-np.pi, np.pi, count)
    radius = rng.uniform(3, 30, count)
    points[:, 0] = radius * np.cos(angle)
    points[:, 1] = radius * np.sin(angle)
    points[:, 2] = -1.8
    points[:, 5] = GROUND
    boxes = rng.integers(0, len(BOXES), count // 2)
    centre = boxes * 2 * np.pi / len(BOXES)
    points[:count // 2,
           0] = 10 * np.cos(centre) + rng.normal(0, .7, count // 2)
    points[:count // 2,
           1] = 10 * np.sin(centre) + rng.normal(0, .7, count // 2)
    points[:count // 2, 2] = rng.uniform(-1.8, .5, count // 2)
    points[:count // 2, 5] = np.array(BOXES)[boxes]
    points[:, 3] = rng.uniform(0, 255, count)
    return points[rng.permutation(count)]


def lidar2cam(yaw: float) -> np.ndarray:
    """nuScenes' LiDAR (x right, y forward) to a camera ``yaw`` degrees left.
    """
    angle = np.deg2rad(yaw)
    forward = np.array([-np.sin(angle), np.cos(angle), 0])
    right = np.array([np.cos(angle), np.sin(angle), 0])
    matrix = np.eye(4)
    matrix[:3, :3] = [right, [0, 0, -1], forward]
    matrix[:3, 3] = matrix[:3, :3] @ np.array([0, 0, 0.3])
    return matrix


def write_keyframes(root: Path,
                    count: int = 1,
                    labels: bool = True,
                    seed: int = 0) -> Path:
    """Write ``count`` keyframes and their info file.

    Returns:
        Path: The info file, ``root/infos.pkl``.
    """
    rng = np.random.default_rng(seed)
    infos = [
        _write_keyframe(root, index, labels, rng) for index in range(count)
    ]
    path = root / 'infos.pkl'
    path.write_bytes(
        pickle.dumps(
            dict(
                metainfo=dict(dataset='nuscenes', info_version='1.1'),
                data_list=infos)))
    return path


def repeat_keyframes(path: Path, scenes: int, name: str) -> Path:
    """An info file of many scenes, each of the keyframes of another one.

    Returns:
        Path: ``name`` beside ``path``.
    """
    content = pickle.loads(path.read_bytes())
    content['data_list'] = [
        dict(
            info,
            token=f'{info["token"]}-{scene}',
            scene_name=f'scene-{scene:04d}') for scene in range(scenes)
        for info in content['data_list']
    ]
    path = path.with_name(name)
    path.write_bytes(pickle.dumps(content))
    return path


def add_sweeps(path: Path, name: str) -> Path:
    """An info file whose keyframes have each other's clouds for sweeps.

    The sensor of a sweep is a metre behind that of its keyframe (-y).

    Returns:
        Path: ``name`` beside ``path``.
    """
    content = pickle.loads(path.read_bytes())
    clouds = [
        info['lidar_points']['lidar_path'] for info in content['data_list']
    ]
    to_sweep = np.eye(4)
    to_sweep[1, 3] = 1
    for info in content['data_list']:
        info['lidar_sweeps'] = [
            dict(
                lidar_points=dict(
                    lidar_path=f'samples/LIDAR_TOP/{cloud}',
                    lidar2sensor=to_sweep.tolist())) for cloud in clouds
        ]
    path = path.with_name(name)
    path.write_bytes(pickle.dumps(content))
    return path


def _write_keyframe(root: Path, index: int, labels: bool,
                    rng: np.random.Generator) -> dict:
    points = make_points(rng)
    for folder in ('LIDAR_TOP', *CAMERAS):
        (root / 'samples' / folder).mkdir(parents=True, exist_ok=True)
    (root / 'lidarseg').mkdir(exist_ok=True)
    cloud = f'{index:03d}.pcd.bin'
    points[:, :5].tofile(root / 'samples' / 'LIDAR_TOP' / cloud)
    info = dict(
        sample_idx=index,
        token=f'token{index}',
        scene_name=f'scene-{index:04d}',
        timestamp=float(index),
        lidar_points=dict(lidar_path=cloud, num_pts_feats=5),
        instances=[],
        images={})
    if labels:
        name = f'{index:03d}.bin'
        points[:, 5].astype(np.uint8).tofile(root / 'lidarseg' / name)
        info['pts_semantic_mask_path'] = name
    for camera, yaw in CAMERAS.items():
        image = rng.integers(0, 255, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
        image = Image.fromarray(image).resize((WIDTH, HEIGHT), Image.BICUBIC)
        image.save(root / 'samples' / camera / f'{index:03d}.jpg', quality=95)
        info['images'][camera] = dict(
            img_path=f'{index:03d}.jpg',
            cam2img=[[FOCAL, 0, (WIDTH - 1) / 2], [0, FOCAL, (HEIGHT - 1) / 2],
                     [0, 0, 1]],
            lidar2cam=lidar2cam(yaw).tolist())
    return info
