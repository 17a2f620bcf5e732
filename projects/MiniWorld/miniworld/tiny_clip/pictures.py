"""Render pictures of worlds with other seeds in memory."""
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..builder import run_jobs
from ..render import take_shot
from ..scene import PERIOD, SceneJob, scene_world
from ..sensors import shot_delay
from ..shadows import ShadowMap

Array = np.ndarray
SIZE = (448, 252)


class Pictures(NamedTuple):
    """N pictures with their ground truth.

    Attributes:
        image (Array): (N, H, W, 3) uint8 RGB, after JPEG.
        surface (Array): (N, H, W) uint8 surface class, 0 for the sky.
        metres (Array): (N, H, W) uint8 depth, 255 for everything beyond.
    """
    image: Array
    surface: Array
    metres: Array


def jpeg(image: Array, quality: int) -> Array:
    """Return a picture (H, W, 3) uint8 as read back from a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, 'JPEG', quality=quality)
    return np.asarray(Image.open(buffer).convert('RGB'))


def render_scene(task: tuple[SceneJob, int]) -> Pictures:
    """Render six cameras at ``count`` evenly spread moments of a scene."""
    job, count = task
    world, rig = scene_world(job)
    shadows = ShadowMap(world)
    shots = []
    for number in np.linspace(0, job.keyframes - 1, count).astype(int):
        for k, camera in enumerate(rig.cameras):
            rng = world.rng(2, int(number), k)
            delay = shot_delay(camera, rng)
            shot = take_shot(world, camera,
                             (int(number) * PERIOD + delay) / 1e6, rng,
                             shadows)
            shots.append((jpeg(shot.image,
                               int(rng.integers(75, 96))), shot.surface,
                          np.clip(shot.depth, 0, 255).astype(np.uint8)))
    return Pictures(*(np.stack(part) for part in zip(*shots)))


def render_pictures(seed: int,
                    scenes: int,
                    keyframes: int,
                    size: tuple[int, int] = SIZE,
                    workers: int = 2,
                    quiet: bool = False,
                    first: int = 0) -> Pictures:
    """Render pictures of the scenes of a seed.

    Args:
        seed (int): Seed of the generator; MiniWorld itself has seed 0.
        scenes (int): Number of scenes.
        keyframes (int): Number of moments per scene.
        size (tuple[int, int]): Width and height in pixels.
        workers (int): Number of processes, which does not affect the result.
        quiet (bool): Whether to show no progress.
        first (int): Number of the first scene. Defaults to 0.

    Returns:
        Pictures: ``scenes * keyframes * 6`` of them.
    """
    jobs = [(SceneJob('', '', f'tiny-clip-{i}', 'train', i, 5, size, 32,
                      seed), keyframes) for i in range(first, first + scenes)]
    parts: list[Pictures] = run_jobs(render_scene, jobs, workers, quiet)
    return Pictures(*(np.concatenate(part) for part in zip(*parts)))


def cached_pictures(cache: Path | None, **args) -> Pictures:
    """:func:`render_pictures`, kept in ``cache`` if there is one."""
    if cache is None:
        return render_pictures(**args)
    name = '-'.join(f'{k}{args[k]}' for k in ('seed', 'scenes', 'keyframes'))
    path = Path(cache) / f'pictures-{name}.npz'
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **render_pictures(**args)._asdict())
    with np.load(path) as stored:
        return Pictures(*(stored[key] for key in Pictures._fields))
