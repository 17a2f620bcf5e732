"""A few small scans in SemanticKITTI's layout, made in memory."""
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

FOCAL = 90.0
# LiDAR (x forward, y left) to camera (x right, y down, z forward).
TR = np.array([[0, -1, 0, 0.01], [0, 0, -1, -0.08], [1, 0, 0, -0.27]])
# Raw ids of the ground, the boxes, and one that no table knows.
GROUND, BOXES, UNKNOWN = 40, (10, 252, 50, 70, 30, 81), 77


def projection(size: tuple[int, int], baseline: float) -> np.ndarray:
    """(3, 4) of a camera ``baseline`` metres left of camera 0."""
    width, height = size
    matrix = np.zeros((3, 4))
    matrix[:, :3] = [[FOCAL, 0, (width - 1) / 2], [0, FOCAL, (height - 1) / 2],
                     [0, 0, 1]]
    matrix[0, 3] = FOCAL * baseline
    return matrix


def write_row(matrix: np.ndarray) -> str:
    return ' '.join(f'{value:.12e}' for value in np.ravel(matrix))


def make_scan(rng: np.random.Generator,
              count: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Points (count, 4), intensity 0 to 1, and labels (count,) uint32."""
    angle, radius = rng.uniform(-np.pi, np.pi,
                                count), rng.uniform(3, 30, count)
    points = np.zeros((count, 4), np.float32)
    points[:, 0], points[:, 1] = radius * np.cos(angle), radius * np.sin(angle)
    points[:, 2] = -1.7
    points[:, 3] = rng.uniform(0, 1, count)
    raw = np.full(count, GROUND, np.uint32)
    box = rng.integers(0, len(BOXES), count // 2)
    turn = box * 2 * np.pi / len(BOXES)
    for axis, way in enumerate((np.cos(turn), np.sin(turn))):
        points[:count // 2, axis] = 10 * way + rng.normal(0, .7, count // 2)
    points[:count // 2, 2] = rng.uniform(-1.7, .5, count // 2)
    raw[:count // 2] = np.array(BOXES)[box]
    raw[-1] = UNKNOWN
    # Instances, those beyond 32767 turn the int32 negative.
    instance = np.zeros(count, np.uint32)
    instance[:count // 2] = 32768 + box
    return points, instance << 16 | raw


def write_sequence(root: Path,
                   name: str,
                   count: int = 2,
                   size: tuple[int, int] = (160, 48),
                   labels: bool = True,
                   cameras: bool = True,
                   seed: int = 0) -> Path:
    """Write ``root/sequences/name`` and return it."""
    rng = np.random.default_rng([seed, int(name)])
    folder = root / 'sequences' / name
    for part in ('velodyne', 'labels', 'image_2'):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for index in range(count):
        points, raw = make_scan(rng)
        points.tofile(folder / f'velodyne/{index:06d}.bin')
        if labels:
            raw.tofile(folder / f'labels/{index:06d}.label')
        if cameras:
            noise = rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3),
                                 np.uint8)
            Image.fromarray(noise).resize(size, Image.BICUBIC).save(
                folder / f'image_2/{index:06d}.png')
    if cameras:
        write_calibration(folder, size)
        poses = np.tile(np.eye(4)[:3], (count, 1, 1))
        poses[:, 2, 3] = np.arange(count)
        (folder / 'poses.txt').write_text(''.join(
            write_row(pose) + '\n' for pose in poses))
    return folder


def write_calibration(folder: Path, size: tuple[int, int]) -> None:
    lines = [
        f'P{camera}: {write_row(projection(size, baseline))}'
        for camera, baseline in enumerate((0, -.54, .06, -.48))
    ]
    lines.append(f'Tr: {write_row(TR)}')
    (folder / 'calib.txt').write_text('\n'.join(lines) + '\n')


def write_sequences(root: Path, names: Sequence[str] = ('00', '08')) -> Path:
    """Two sequences whose images differ in size."""
    for index, name in enumerate(names):
        write_sequence(root, name, size=(160 - 4 * index, 48 - index))
    return root
