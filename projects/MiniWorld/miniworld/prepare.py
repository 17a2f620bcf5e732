"""Prepare MiniWorld as a dataset for training."""
from pathlib import Path

from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
from .builder import ensure_miniworld

# Of a world that is ready for training.
INFOS = [f'nuscenes_infos_{split}.pkl' for split in ('train', 'val')]


def prepare_data(data: Path) -> None:
    """Make MiniWorld and its info files, unless both are complete.

    Args:
        data (Path): Folder to make.
    """
    ensure_miniworld(data)
    if not all((data / name).is_file() for name in INFOS):
        convert_nuscenes(
            data, data, version='v1.0-mini', camera_instances=False)
