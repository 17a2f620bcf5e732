"""Write the teacher's features at the point-pixel pairs, once for all epochs.

``python tools/cache_teacher.py configs/reldistill_nus_cached.py``
It takes whole images without augmentation, in float32 without TF32. Run it
again to finish, check and repair a cache. Several processes share the work:
``torchrun --nproc_per_node 4 tools/cache_teacher.py CONFIG``, or one command
per machine with --rank.
"""
import argparse
import os
import shlex
import sys
from pathlib import Path

import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import DictAction
from mmengine.device import get_device

from reldistill_mm.apis import distillation_config
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity
from reldistill_mm.teacher_cache.root import cache_root


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument(
        '--out',
        type=Path,
        help="cache folder (default: the config's teacher_cache_root, "
        'where training reads it)')
    parser.add_argument('--split', choices=['train', 'val'], default='train')
    parser.add_argument(
        '--pairs', type=int, help='most pairs per keyframe (default: all)')
    parser.add_argument(
        '--dims', type=int, help='dimensions to project features to')
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the pair order')
    parser.add_argument(
        '--workers', type=int, default=2, help='processes that load images')
    parser.add_argument(
        '--rank', type=int, default=int(os.environ.get('RANK', 0)))
    parser.add_argument(
        '--world-size', type=int, default=int(os.environ.get('WORLD_SIZE', 1)))
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser.parse_args()


def command_line(root: Path) -> str:
    """Return the command for a single process, for error messages."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for flag in ('--out', '--split', '--rank', '--world-size'):
        parser.add_argument(flag)
    _, rest = parser.parse_known_args(sys.argv[1:])
    return shlex.join(
        ['python', 'tools/cache_teacher.py', '--out',
         str(root), *rest])


def main() -> None:
    """Build a cache and print its size."""
    args = parse_args()
    for name in ('pairs', 'dims'):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise BadInput(f'--{name} must be positive, not '
                           f'{getattr(args, name)}.')
    if not 0 <= args.rank < args.world_size:
        raise BadInput(f'--rank {args.rank} is not in [0, '
                       f'{args.world_size}), the --world-size.')
    cfg = distillation_config(args.config, args.cfg_options)
    root = args.out or cache_root(cfg)
    identity = cache_identity(cfg, args.pairs, args.dims, args.seed)
    # A GPU's features should equal the CPU's up to rounding.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get('LOCAL_RANK', 0)))
    model = MODELS.build(cfg.model).to(get_device()).eval()
    options = cfg[f'{args.split}_dataloader'].dataset
    options.pipeline = cfg.paired_pipeline
    report = build_cache(model, DATASETS.build(options), root,
                         Manifest(identity, command_line(root)), args.rank,
                         args.world_size, args.workers)
    count = sum(report.outcomes.values())
    done = ', '.join(f'{n} {name}' for name, n in report.outcomes.items())
    print(f'\n{root}: {count} keyframes of rank {args.rank} of '
          f'{args.world_size} ({done}); {report.size / 1e6:.1f} MB, '
          f'{report.size / 1e6 / max(count, 1):.2f} MB per keyframe.')


if __name__ == '__main__':
    with one_line_errors():
        main()
