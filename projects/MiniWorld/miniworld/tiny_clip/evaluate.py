"""Evaluate zero-shot labels of LiDAR points from dense features."""
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from pyquaternion import Quaternion
from torch import Tensor

from reldistill_mm.functional import (class_scores, confusion_matrix,
                                      iou_per_class, occluded,
                                      pair_points_with_pixels, summarise)
from reldistill_mm.functional.prompts import NUSCENES, TEMPLATES
from ..classes import nuscenes_to_16
from ..sensors import CAMERAS, LIDAR

Array = np.ndarray
Size = tuple[int, int]


class Frame(NamedTuple):
    """One keyframe.

    Attributes:
        images (list[Array]): V pictures (H, W, 3) uint8.
        camera (Array): (P,) int64 camera of each pair.
        uv (Array): (P, 2) float32 pixel of each pair.
        label (Array): (P,) int64 class of its LiDAR point, -1 for none.
    """
    images: list[Array]
    camera: Array
    uv: Array
    label: Array


def _matrix(record: dict[str, Any]) -> Array:
    """(4, 4) of a pose record: its frame to the one above."""
    out = np.eye(4)
    out[:3, :3] = Quaternion(record['rotation']).rotation_matrix
    out[:3, 3] = record['translation']
    return out


def load_frames(root: Path, scenes: Sequence[str]) -> list[Frame]:
    """Load the keyframes of some scenes of a dataset in nuScenes' format.

    The ego vehicle's motion between LiDAR and camera is taken into account,
    and points that something nearer hides from a camera are left out, as in
    the pairs that a student is taught at.
    """
    root = Path(root)
    version = next(p.name for p in root.glob('v1.0-*'))

    def table(name: str) -> dict[str, dict[str, Any]]:
        rows = json.loads((root / version / f'{name}.json').read_text())
        return {row['token']: row for row in rows}

    scene, sample = table('scene'), table('sample')
    poses, sensors = table('ego_pose'), table('calibrated_sensor')
    lidarseg = {
        row['sample_data_token']: row['filename']
        for row in table('lidarseg').values()
    }
    channels: dict[str, dict[str, dict]] = {}
    for row in table('sample_data').values():
        channel = row['filename'].split('/')[1]
        channels.setdefault(row['sample_token'], {})[channel] = row

    def to_global(row: dict[str, Any]) -> Array:
        return _matrix(poses[row['ego_pose_token']]) @ _matrix(
            sensors[row['calibrated_sensor_token']])

    frames = []
    for key, rows in channels.items():
        if scene[sample[key]['scene_token']]['name'] not in scenes:
            continue
        lidar, cameras = rows[LIDAR], [rows[name] for name in CAMERAS]
        points = np.fromfile(root / lidar['filename'],
                             np.float32).reshape(-1, 5)
        raw = np.fromfile(root / lidarseg[lidar['token']], np.uint8)
        sizes = [(c['height'], c['width']) for c in cameras]
        pairs = pair_points_with_pixels(
            points[:, :3],
            [np.linalg.inv(to_global(c)) @ to_global(lidar)
             for c in cameras], [
                 sensors[c['calibrated_sensor_token']]['camera_intrinsic']
                 for c in cameras
             ], sizes)
        pairs = pairs.select(~occluded(pairs, sizes))
        images = [
            np.asarray(Image.open(root / c['filename']).convert('RGB'))
            for c in cameras
        ]
        frames.append(
            Frame(images, pairs.camera, pairs.uv,
                  nuscenes_to_16()[raw[pairs.point]]))
    return frames


def normalised(images: Sequence[Array], size: Size,
               mean_std: tuple[Sequence[float], Sequence[float]]) -> Tensor:
    """Resize and normalise pictures to (V, 3, height, width)."""
    stack = np.stack([
        np.asarray(Image.fromarray(i).resize(size[::-1], Image.BICUBIC))
        for i in images
    ])
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in mean_std)
    return (torch.from_numpy(stack).permute(0, 3, 1, 2) / 255. - mean) / std


@torch.no_grad()
def judge(teacher: Any, frames: Sequence[Frame], size: Size) -> dict[str, Any]:
    """Measure how well words find classes at the pairs.

    Args:
        teacher (Any): Teacher, an ``OpenCLIPTeacher``.
        frames (Sequence[Frame]): Keyframes.
        size (Size): Height and width that pictures are resized to.

    Returns:
        dict[str, Any]: ``miou``, ``acc``, ``iou`` of each class, ``pairs``
        (how many count) and ``teacher_seconds``, the least that the dense
        features of one keyframe took.
    """
    words = [word for names in NUSCENES.values() for word in names]
    text = teacher.encode_words(words, list(TEMPLATES))
    counts = [len(names) for names in NUSCENES.values()]
    total, seconds = torch.zeros(16, 16, dtype=torch.int64), []
    for frame in frames:
        images = normalised(frame.images, size, teacher.mean_std)
        scale = torch.tensor([
            size[1] / frame.images[0].shape[1],
            size[0] / frame.images[0].shape[0]
        ])
        uv = (torch.from_numpy(frame.uv) + .5) * scale - .5
        start = time.time()
        features = teacher.features_at(images, torch.from_numpy(frame.camera),
                                       uv)
        seconds.append(time.time() - start)
        found = class_scores(features, text, counts).argmax(1)
        total += confusion_matrix(found, torch.from_numpy(frame.label), 16, -1)
    iou = iou_per_class(total)
    figures = summarise(total)
    return dict(
        size=list(size),
        stride=teacher.stride,
        miou=round(figures['miou'], 4),
        acc=round(figures['acc'], 4),
        classes=figures['classes'],
        iou={
            name: None if value != value else round(float(value), 4)
            for name, value in zip(NUSCENES, iou)
        },
        pairs=int(total.sum()),
        teacher_seconds=round(min(seconds), 2))
