"""Train the tiny CLIP, evaluate it on MiniWorld, write it with metrics."""
import json
import time
from pathlib import Path
from typing import Any

from .. import DEFAULTS, GENERATOR_VERSION, ensure_miniworld
from ..builder import scene_names
from . import IMAGE_SIZE, STRIDE
from .evaluate import judge, load_frames
from .export import FIGURES, WEIGHTS, export
from .pictures import cached_pictures
from .train import MODEL_CFG, Recipe, Trainer


def judge_folder(folder: Path, world: Path) -> dict[str, Any]:
    """Evaluate the model in a folder on MiniWorld's own scenes.

    Args:
        folder (Path): An open_clip folder.
        world (Path): MiniWorld.

    Returns:
        dict: ``miou`` and ``acc`` of the validation scenes, and more.
    """
    from reldistill_mm.models import OpenCLIPTeacher
    teacher = OpenCLIPTeacher(f'local-dir:{folder}', stride=STRIDE)
    _, names = scene_names(*DEFAULTS['nuscenes']['scenes'])
    train, val = names['train'], names['val']
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
    """Replace the metrics in a folder by new ones.

    Args:
        folder (Path): Folder that :func:`train_and_judge` wrote.
        world (Path): MiniWorld.

    Returns:
        dict: The metrics.
    """
    path = folder / FIGURES
    report = json.loads(path.read_text())
    report.update(judge_folder(folder, world))
    path.write_text(json.dumps(report, indent=2) + '\n')
    return report


def train_and_judge(out: Path, cache: Path, worlds: dict[str,
                                                         int], recipe: Recipe,
                    init: Path | None, command: str) -> dict[str, Any]:
    """Render worlds, train on them, evaluate, and write the folder.

    Args:
        out (Path): Folder of the model.
        cache (Path): Folder that keeps worlds between runs.
        worlds (dict): Seed, scenes and keyframes of the training worlds.
        recipe (Recipe): Settings of the training.
        init (Path, optional): Folder of a model to continue from.
        command (str): Command to record with the metrics.

    Returns:
        dict: The metrics.
    """
    start = time.time()
    pictures = cached_pictures(cache, **worlds)
    rendered = time.time()
    trainer = Trainer(pictures, recipe)
    before = []
    if init:
        before = json.loads((init / FIGURES).read_text())['commands']
        trainer.load(init / WEIGHTS)
    clip = trainer.run()
    trained = time.time()
    world = ensure_miniworld(cache / 'miniworld')

    def figures(folder: Path) -> dict[str, Any]:
        return dict(
            commands=[*before, command],
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

    return export(clip, MODEL_CFG, out, figures)
