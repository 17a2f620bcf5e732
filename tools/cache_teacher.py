"""Write the teacher's features at the point-pixel pairs, once for all epochs.

``python tools/cache_teacher.py configs/reldistill_nus_cached.py``
It takes whole images without augmentation, in float32 without TF32. Run it
again to finish, check and repair a cache. Several processes share the work:
``torchrun --nproc_per_node 4 tools/cache_teacher.py CONFIG``, or one command
per machine with --rank. With --shards, the last process to finish packs the
files into tar archives.
"""
import argparse
import shlex
import sys

import _start  # noqa: F401

from reldistill_mm.cli.checks import add_ranks, check_cache_numbers
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import add_config_options
from reldistill_mm.io.named_inputs import require_config

# Megabytes of a shard: few files, and a remote one is fetched in seconds.
SHARD_MB = 256


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument(
        '--out',
        help="cache folder or address (default: the config's "
        'teacher_cache_root, where training reads it)')
    parser.add_argument(
        '--split',
        choices=['train', 'val'],
        default='train',
        help='dataset of the config to read (default: %(default)s)')
    parser.add_argument(
        '--pairs', type=int, help='most pairs per keyframe (default: all)')
    parser.add_argument(
        '--dims', type=int, help='dimensions to project features to')
    parser.add_argument(
        '--seed', type=int, default=0, help='seed of the pair order')
    parser.add_argument(
        '--shards',
        type=int,
        nargs='?',
        const=SHARD_MB,
        metavar='MB',
        help='pack the files into tar archives of so many megabytes once all '
        f'are there ({SHARD_MB} where no number is given)')
    parser.add_argument(
        '--workers', type=int, default=2, help='processes that load images')
    add_ranks(parser)
    add_config_options(parser)
    return parser.parse_args()


def command_line() -> str:
    """Return the command for a single process, for error messages."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for flag in ('--out', '--split', '--rank', '--world-size'):
        parser.add_argument(flag, help=argparse.SUPPRESS)
    _, rest = parser.parse_known_args(sys.argv[1:])
    return f'python tools/cache_teacher.py --out {{root}} {shlex.join(rest)}'


def main() -> None:
    """Build a cache and print its size."""
    args = parse_args()
    check_cache_numbers(args.pairs, args.dims, args.workers, args.seed,
                        args.rank, args.world_size, args.shards)
    require_config(args.config)
    from reldistill_mm.apis.cache_teacher import cache_teacher
    root, report = cache_teacher(
        args.config,
        command_line(),
        args.out,
        args.split,
        args.pairs,
        args.dims,
        args.seed,
        args.rank,
        args.world_size,
        args.workers,
        args.cfg_options,
        shards=args.shards)
    count = sum(report.outcomes.values())
    done = ', '.join(f'{n} {name}' for name, n in report.outcomes.items())
    print(f'\n{root}: {count} keyframes of rank {args.rank} of '
          f'{args.world_size} ({done}); {report.size / 1e6:.1f} MB, '
          f'{report.size / 1e6 / max(count, 1):.2f} MB per keyframe.')
    if report.shards is not None:
        print(f'{root}: {report.shards} shards.')
    elif args.shards:
        print('Not packed: other processes are at work, and the last one '
              'packs. If one has ended early, start it again.')


if __name__ == '__main__':
    with one_line_errors():
        main()
