"""Draw the point-pixel pairs that a config makes.

``python tools/browse_pairs.py configs/reldistill_nus.py --out pairs.png``
"""
import argparse

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.config import DictAction
from mmengine.registry import init_default_scope

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.datasets.transforms.traits import (needs_cameras,
                                                      pairs_points)
from reldistill_mm.errors import BadInput
from reldistill_mm.io.config_file import read_config
from reldistill_mm.io.files import atomic_path
from reldistill_mm.visualization import camera_grid, paint_pairs


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument('--out', default='pairs.png', help='picture to write')
    parser.add_argument('--index', type=int, default=0, help='sample number')
    parser.add_argument(
        '--augmented',
        action='store_true',
        help='show crops and flips as the teacher sees them')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def main() -> None:
    """Run the training pipeline as far as needed and draw its pairs."""
    args = parse_args()
    cfg = read_config(args.config, args.cfg_options)
    init_default_scope(cfg.get('default_scope', 'mmdet3d'))
    options = cfg.get('train_dataloader', {}).get('dataset', {})
    if not any(map(pairs_points, options.get('pipeline', []))):
        raise BadInput(
            f"The training of '{args.config}' has no step that pairs points "
            'with pixels (PairPointsWithPixels): take a config that reads '
            'images, such as configs/reldistill_nus.py.')
    np.random.seed(args.seed)
    dataset = DATASETS.build(options)
    if not 0 <= args.index < len(dataset):
        raise BadInput(f'--index {args.index} is not in '
                       f'[0, {len(dataset)}), the size of the dataset.')
    results = dataset.get_data_info(args.index)
    results['dataset'] = dataset
    for transform in dataset.pipeline.transforms:
        if 'pairs' in results and not args.augmented:
            break
        if 'pairs' in results and not needs_cameras(transform):
            continue
        results = transform(results)
    pairs, names = results['pairs'], results['camera_names']
    pictures = paint_pairs(results['camera_imgs'], pairs)
    with atomic_path(args.out) as path:
        camera_grid(pictures, names).save(path)
    visible = results['camera_visible'].mean()
    counts = np.bincount(pairs.camera, minlength=len(names))
    print(f"{results['lidar_path']}: {len(pairs.point)} pairs, "
          f'{100 * visible:.1f} % of points in at least one camera; ' +
          ', '.join(f'{n} {c}' for n, c in zip(names, counts)))
    print(f'Wrote {args.out}')


if __name__ == '__main__':
    with one_line_errors():
        main()
