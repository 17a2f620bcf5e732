"""Draw the point-pixel pairs of a training sample."""
from pathlib import Path
from typing import Any

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.registry import init_default_scope
from PIL import Image

from ..cli.pipeline_errors import missing_steps
from ..datasets.backend import fill_config
from ..datasets.transforms.traits import needs_cameras, pairs_points
from ..errors import BadInput
from ..io.config_file import read_config
from ..io.files import atomic_path, require_file_place
from ..visualization import camera_grid, paint_pairs


def browse_pairs(config: str,
                 out: str,
                 index: int = 0,
                 augmented: bool = False,
                 seed: int = 0,
                 options: dict | None = None) -> str:
    """Run the training pipeline as far as needed and draw its pairs.

    Args:
        config (str): A config whose training pairs points with pixels.
        out (str): Picture to write.
        index (int): Number of the sample. Defaults to 0.
        augmented (bool): Draw crops and flips as the teacher sees them.
            Defaults to False.
        seed (int): Seed of the augmentation. Defaults to 0.
        options (dict, optional): Changes of the config.

    Returns:
        str: A line with the numbers of pairs.

    Raises:
        BadInput: No step pairs points, or there is no such sample.
    """
    _check_picture(out)
    cfg = read_config(config, options)
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    fill_config(cfg)
    dataset_cfg = cfg.get('train_dataloader', {}).get('dataset', {})
    if not any(map(pairs_points, dataset_cfg.get('pipeline', []))):
        raise BadInput(
            f"The training of '{config}' has no step that pairs points "
            'with pixels (PairPointsWithPixels): take a config that reads '
            'images, such as configs/reldistill_nus.py.')
    np.random.seed(seed)
    dataset = DATASETS.build(dataset_cfg)
    if not 0 <= index < len(dataset):
        raise BadInput(f'--index {index} is not in [0, {len(dataset)}), the '
                       'size of the dataset.')
    with missing_steps():
        results = _paired(dataset, index, augmented)
    pairs, names = results['pairs'], results['camera_names']
    pictures = paint_pairs(results['camera_imgs'], pairs)
    with atomic_path(out) as path:
        camera_grid(pictures, names).save(path)
    visible = results['camera_visible'].mean()
    counts = np.bincount(pairs.camera, minlength=len(names))
    return (f"{results['lidar_path']}: {len(pairs.point)} pairs, "
            f'{100 * visible:.1f} % of points in at least one camera; ' +
            ', '.join(f'{n} {c}' for n, c in zip(names, counts)))


def _check_picture(out: str) -> None:
    known = Image.registered_extensions()
    end = Path(out).suffix.lower()
    if known.get(end) not in Image.SAVE:
        raise BadInput(f"--out '{out}' does not end as a picture's name does: "
                       'take .png or .jpg.')
    require_file_place(out, '--out')


def _paired(dataset: Any, index: int, augmented: bool) -> dict:
    results = dataset.get_data_info(index)
    results['dataset'] = dataset
    for transform in dataset.pipeline.transforms:
        if 'pairs' in results and not augmented:
            break
        if 'pairs' in results and not needs_cameras(transform):
            continue
        results = transform(results)
    return results
