"""Have a test keep the confusion matrix of every scene, and read them."""
import base64
import copy
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmdet3d.datasets.transforms import Pack3DDetInputs
from mmdet3d.registry import TRANSFORMS
from mmengine.config import Config

from .records import read_json

SCENES = 'scenes.json'
_METRIC = 'PointSegMetric'


class SceneCounts(NamedTuple):
    """Confusion matrices of a test.

    Attributes:
        scenes: Names, sorted.
        counts: (S, K, K) int64; rows are labels, columns predictions.
    """
    scenes: list[str]
    counts: np.ndarray


def with_scene_file(cfg: Config, path: Path) -> Config:
    """Copy a config whose test then also writes matrices scene by scene.

    The config itself says nothing of it: where a file lies is no property of
    a protocol.

    Args:
        cfg (Config): Config with a ``PointSegMetric``; one without is copied
            as it is.
        path (Path): JSON file of :mod:`reldistill_mm.evaluation.scene_counts`.
    """
    cfg = copy.deepcopy(cfg)
    # Validation may share these dicts.
    metrics = copy.deepcopy(cfg.get('test_evaluator'))
    several = isinstance(metrics, (list, tuple))
    found = [
        each for each in (metrics if several else [metrics])
        if each and each['type'] == _METRIC
    ]
    for each in found:
        each['scene_file'] = str(path)
    cfg.test_evaluator = metrics
    cfg.test_dataloader = copy.deepcopy(cfg.test_dataloader)
    dataset = cfg.test_dataloader.dataset
    while 'pipeline' not in dataset and 'dataset' in dataset:
        dataset = dataset.dataset
    for step in dataset.get('pipeline') or () if found else ():
        kind = TRANSFORMS.get(step['type'])
        if isinstance(kind, type) and issubclass(kind, Pack3DDetInputs):
            known = step.get('meta_keys') or kind(keys=step['keys']).meta_keys
            step['meta_keys'] = (*known, 'scene_name')
    return cfg


def read_scenes(path: Path) -> SceneCounts | None:
    """Read what a test has kept; None for one that kept nothing."""
    if not path.is_file():
        return None
    scenes = read_json(path)['scenes']
    return SceneCounts(
        list(scenes), np.array(list(scenes.values()), dtype=np.int64))


def pack_scenes(found: SceneCounts) -> dict:
    """Pack matrices into JSON values of a few kilobytes.

    Args:
        found (SceneCounts): Of S scenes and K classes.

    Returns:
        dict: ``names``, ``classes`` (K) and ``counts``: int64 in the order of
        scenes, rows and columns, little-endian, by zlib, in base64.
    """
    packed = zlib.compress(found.counts.astype('<i8').tobytes(), 9)
    return dict(
        names=found.scenes,
        classes=found.counts.shape[-1],
        counts=base64.b64encode(packed).decode())


def unpack_scenes(packed: dict) -> SceneCounts:
    """Unpack what :func:`pack_scenes` packed."""
    counts = np.frombuffer(
        zlib.decompress(base64.b64decode(packed['counts'])), '<i8')
    size = packed['classes']
    return SceneCounts(packed['names'],
                       counts.reshape(len(packed['names']), size, size))
