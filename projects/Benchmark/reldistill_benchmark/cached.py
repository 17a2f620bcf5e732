"""Teacher cache of one keyframe with random features, as fast as real ones."""
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.teacher_cache import (CachedPairs, Manifest,
                                         frame_fingerprint, write_manifest,
                                         write_pairs)


def write_random_cache(root: Path, name: str, pairs: PointPixelPairs,
                       xyz: np.ndarray, cameras: Mapping[str, Mapping],
                       width: int) -> tuple[Path, str]:
    """Write the manifest and the file of a keyframe.

    Args:
        root (Path): Folder of the cache.
        name (str): Name of the keyframe.
        pairs (PointPixelPairs): All pairs of the keyframe.
        xyz (np.ndarray): (N, 3) points in metres.
        cameras (Mapping[str, Mapping]): Cameras as in mmdet3d's infos.
        width (int): D of the features.

    Returns:
        tuple[Path, str]: The file and the cache's key.
    """
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(pairs.point), width)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    visible = np.zeros(len(xyz), bool)
    visible[pairs.point] = True
    pairs = pairs.select(rng.permutation(len(pairs.point)))
    manifest = Manifest(dict(features='random'), 'tools/benchmark.py')
    write_manifest(root, manifest)
    path = Path(root, f'{name}.safetensors')
    write_pairs(path, CachedPairs(pairs, features.astype(np.float16), visible),
                manifest.key, frame_fingerprint(xyz, cameras))
    return path, manifest.key
