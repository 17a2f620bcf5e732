"""Train MiniWorld's tiny CLIP and write it as an open_clip folder.

Everything is made here: worlds with other seeds for training, MiniWorld itself
for evaluation, crops, captions, the model and its metrics.
"""
import argparse
import tempfile
from dataclasses import fields
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.io.paths import use_project

use_project('MiniWorld')

from miniworld import DEFAULTS, ensure_miniworld
from miniworld.tiny_clip import FOLDER
from miniworld.tiny_clip.recipe import Recipe
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.files import require_folder


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--out',
        type=Path,
        default=FOLDER,
        help='folder to write (default: shipped)')
    parser.add_argument(
        '--cache', type=Path, help='folder that keeps worlds between runs')
    parser.add_argument(
        '--scenes',
        type=int,
        default=60,
        help='scenes to crop pictures from (default: %(default)s)')
    parser.add_argument(
        '--keyframes', type=int, default=2, help='keyframes per scene')
    parser.add_argument(
        '--world-seed',
        type=int,
        default=1000,
        help='seed of the training worlds')
    parser.add_argument(
        '--threads',
        type=int,
        default=2,
        help='threads of torch (default: %(default)s)')
    parser.add_argument(
        '--init',
        type=Path,
        help='continue training from the model in this folder (its original '
        'command is recorded in figures.json)')
    parser.add_argument(
        '--judge-only',
        action='store_true',
        help='train nothing; evaluate the model in --out again and write its '
        'figures.json')
    parser.add_argument(
        '--float32',
        action='store_true',
        help='train without bfloat16, slower on most CPUs')
    for field in fields(Recipe):
        if field.name in ('scales', 'bfloat16'):
            continue
        parser.add_argument(
            '--' + field.name.replace('_', '-'),
            type=field.type,
            default=field.default,
            help='see Recipe (default: %(default)s)')
    args = parser.parse_args()
    if args.world_seed == DEFAULTS['nuscenes']['seed']:
        parser.error('the model is evaluated on the world with this seed')
    return args


def check_arguments(args: argparse.Namespace) -> None:
    """Find before an hour of training what would fail after it."""
    for name in ('scenes', 'keyframes', 'threads'):
        if getattr(args, name) < 1:
            raise BadInput(f'--{name} must be positive.')
    require_folder(args.out)
    if args.cache:
        require_folder(args.cache, '--cache')
    folders = dict(init=args.init, out=args.out if args.judge_only else None)
    for name, folder in folders.items():
        if folder and not (folder / 'open_clip_config.json').is_file():
            raise MissingInput(
                f"--{name} '{folder}' has no open_clip_config.json: give a "
                'folder that this tool has written.')


def command_of(args: argparse.Namespace) -> str:
    """Return the command line without this machine's folders."""
    words = ['python tools/train_tiny_clip.py']
    for name, value in vars(args).items():
        option = '--' + name.replace('_', '-')
        if name == 'init' and value:
            words.append(f'{option} PREVIOUS')
        elif value is True:
            words.append(option)
        elif name not in ('out', 'cache', 'init', 'float32', 'judge_only'):
            words.append(f'{option} {value}')
    return ' '.join(words)


def main() -> None:
    """Train and evaluate, or only evaluate."""
    args = parse_args()
    check_arguments(args)
    import torch

    from miniworld.tiny_clip.make import judge_again, train_and_judge
    torch.set_num_threads(args.threads)
    recipe = Recipe(
        bfloat16=not args.float32,
        **{
            field.name: getattr(args, field.name)
            for field in fields(Recipe) if hasattr(args, field.name)
        })
    with tempfile.TemporaryDirectory() as temporary:
        cache = args.cache or Path(temporary)
        if args.judge_only:
            report = judge_again(args.out,
                                 ensure_miniworld(cache / 'miniworld'))
        else:
            worlds = dict(
                seed=args.world_seed,
                scenes=args.scenes,
                keyframes=args.keyframes)
            report = train_and_judge(args.out, cache, worlds, recipe,
                                     args.init, command_of(args))
    for name in ('val', 'train'):
        print(name, report[name])


if __name__ == '__main__':
    with one_line_errors():
        main()
