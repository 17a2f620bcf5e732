"""Confusion matrices scene by scene, for intervals over scenes."""
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ..errors import BadInput
from ..io.files import atomic_path


class ScenesOfRank:
    """One process's matrices (K, K) int64 by the name of the scene."""

    def __init__(self) -> None:
        self.counts: dict[str, torch.Tensor] = {}

    def add(self, sample: Mapping[str, Any], matrix: torch.Tensor) -> None:
        """Add a keyframe's matrix to that of its scene.

        Args:
            sample (Mapping): With ``scene_name``, or with ``lidar_path``,
                whose folder then stands for the scene: that of a sequence in
                SemanticKITTI's layout.
            matrix (Tensor): (K, K) int64.
        """
        scene = sample.get('scene_name')
        if scene is None:
            path = sample.get('lidar_path')
            if path is None:
                raise BadInput(
                    'A sample has neither scene_name nor lidar_path: let the '
                    'last step of the pipeline pack one of them (meta_keys).')
            scene = str(Path(path).parent)
        self.counts[scene] = self.counts.get(scene, 0) + matrix


def write_scenes(path: str | Path, classes: Sequence[str],
                 ranks: Sequence[Mapping[str, torch.Tensor]]) -> None:
    """Add up the ranks' matrices and write them, scenes sorted by name.

    Args:
        path (str or Path): JSON file: ``classes`` (K names), and ``scenes``,
            name to K rows (labels) of K counts (predictions).
        classes (Sequence[str]): Names of the K classes.
        ranks (Sequence[Mapping]): What each process counted.
    """
    scenes: dict[str, torch.Tensor] = {}
    for counts in ranks:
        for name, matrix in counts.items():
            scenes[name] = scenes.get(name, 0) + matrix
    content = dict(
        classes=list(classes),
        scenes={name: scenes[name].tolist()
                for name in sorted(scenes)})
    with atomic_path(path) as part:
        part.write_text(json.dumps(content) + '\n')
