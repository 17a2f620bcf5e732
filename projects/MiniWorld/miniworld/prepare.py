"""MiniWorld as a data set that can be trained on."""
from pathlib import Path

from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
from .builder import ensure_miniworld

_INFOS = [f'nuscenes_infos_{split}.pkl' for split in ('train', 'val')]


def prepare_data(data: Path) -> None:
    """MiniWorld and its info files, unless both are there and whole.

    Args:
        data (Path): Its folder, which is made.
    """
    ensure_miniworld(data)
    if not all((data / name).is_file() for name in _INFOS):
        convert_nuscenes(
            data, data, version='v1.0-mini', camera_instances=False)
