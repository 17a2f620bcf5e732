"""Trains the tiny CLIP of MiniWorld and writes it as an open_clip folder.

Everything is made here: worlds of other seeds for training, MiniWorld itself
for judging, crops, captions, the model and its figures.
"""
import argparse
import json
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

try:
    from reldistill_mm.io.paths import use_project
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from reldistill_mm.io.paths import use_project

use_project('MiniWorld')

from miniworld import DEFAULTS, GENERATOR_VERSION, ensure_miniworld
from miniworld.builder import scene_names
from miniworld.tiny_clip import FOLDER, IMAGE_SIZE, STRIDE
from miniworld.tiny_clip.evaluate import judge, load_frames
from miniworld.tiny_clip.export import FIGURES, WEIGHTS, export
from miniworld.tiny_clip.pictures import cached_pictures
from miniworld.tiny_clip.train import MODEL_CFG, Recipe, Trainer


def parse_args() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--out', type=Path, default=FOLDER, help='the shipped folder if none')
    parser.add_argument(
        '--cache', type=Path, help='keeps worlds here from run to run')
    parser.add_argument('--scenes', type=int, default=60)
    parser.add_argument(
        '--keyframes', type=int, default=2, help='moments of each scene')
    parser.add_argument(
        '--world-seed', type=int, default=1000, help='of the training worlds')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument(
        '--init',
        type=Path,
        help='goes on from the model of this folder; its command is told in '
        'the figures')
    parser.add_argument(
        '--judge-only',
        action='store_true',
        help='trains nothing: judges the model in --out once more and writes '
        'its figures')
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
            default=field.default)
    args = parser.parse_args()
    if args.world_seed == DEFAULTS['nuscenes']['seed']:
        parser.error('the model is judged on the world of this seed')
    return args


def judge_folder(folder: Path, world: Path) -> dict[str, Any]:
    """Figures on MiniWorld's own scenes, of the files in ``folder``."""
    from reldistill_mm.models import OpenCLIPTeacher
    teacher = OpenCLIPTeacher(f'local-dir:{folder}', stride=STRIDE)
    _, train, val = scene_names(*DEFAULTS['nuscenes']['scenes'])
    judged = {
        name: judge(teacher, load_frames(world, scenes), IMAGE_SIZE)
        for name, scenes in dict(val=val, train=train).items()
    }
    return dict(
        judged_on=dict(DEFAULTS['nuscenes'], version=GENERATOR_VERSION),
        miou=judged['val']['miou'],
        acc=judged['val']['acc'],
        **judged)


def judge_again(folder: Path, world: Path) -> dict[str, Any]:
    """New figures in the place of those in ``folder``; returns them."""
    path = folder / FIGURES
    report = json.loads(path.read_text())
    report.update(judge_folder(folder, world))
    path.write_text(json.dumps(report, indent=2) + '\n')
    return report


def command_of(args: argparse.Namespace) -> str:
    """The command line, without the folders of this machine."""
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


def tell(report: dict[str, Any]) -> None:
    """Print what was found."""
    for name in ('val', 'train'):
        print(name, report[name])


def main() -> None:
    """Trains, judges and writes."""
    args = parse_args()
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
            world = ensure_miniworld(cache / 'miniworld')
            tell(judge_again(args.out, world))
            return
        worlds = dict(
            seed=args.world_seed, scenes=args.scenes, keyframes=args.keyframes)
        start = time.time()
        pictures = cached_pictures(cache, **worlds)
        rendered = time.time()
        trainer = Trainer(pictures, recipe)
        before = []
        if args.init:
            before = json.loads((args.init / FIGURES).read_text())['commands']
            trainer.load(args.init / WEIGHTS)
        clip = trainer.run()
        trained = time.time()
        world = ensure_miniworld(cache / 'miniworld')

        def figures(folder: Path) -> dict[str, Any]:
            return dict(
                commands=[*before, command_of(args)],
                objective='image-text contrast of crops' +
                (' and of pixels through the value path (region-text)'
                 if recipe.dense_weight else ''),
                seed=recipe.seed,
                recipe=recipe.asdict(),
                generator=dict(version=GENERATOR_VERSION, **worlds),
                parameters=sum(p.numel() for p in clip.parameters()),
                seconds=dict(
                    worlds=round(rendered - start),
                    training=round(trained - rendered)),
                **judge_folder(folder, world))

        tell(export(clip, MODEL_CFG, args.out, figures))


if __name__ == '__main__':
    main()
