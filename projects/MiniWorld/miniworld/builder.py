"""Generate whole datasets, several scenes at a time."""
import multiprocessing
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reldistill_mm.errors import BadInput
from . import kitti_writer, nuscenes_writer
from .manifest import ensure
from .scene import SceneJob

GENERATOR_VERSION = '1.2.0'
MINI_TRAIN = ('scene-0061', 'scene-0553', 'scene-0655', 'scene-0757',
              'scene-0796', 'scene-1077', 'scene-1094', 'scene-1100')
MINI_VAL = ('scene-0103', 'scene-0916')


def scene_names(train: int,
                val: int,
                choose: int = 0) -> tuple[str, dict[str, list[str]]]:
    """List scene names that the devkit's own splits accept.

    Args:
        train, val (int): Numbers of scenes.
        choose (int): Number of scenes on which choices are made. The devkit
            has no such split: their names are of its training scenes, after
            ours. Defaults to 0.

    Returns:
        The version, 'v1.0-mini' as long as its splits have enough names and
        'v1.0-trainval' beyond; the names by split.
    """
    if train <= len(MINI_TRAIN) and val <= len(MINI_VAL) and not choose:
        return 'v1.0-mini', dict(
            train=list(MINI_TRAIN[:train]), val=list(MINI_VAL[:val]))
    from nuscenes.utils import splits
    if train + choose > len(splits.train) or val > len(splits.val):
        raise BadInput(f'at most {len(splits.train)} + {len(splits.val)} '
                       f'scenes have a name, not {train + choose} + {val}')
    names = dict(train=splits.train[:train], val=splits.val[:val])
    if choose:
        names['choose'] = splits.train[train:train + choose]
    return 'v1.0-trainval', names


def run_jobs(work: Callable[[Any], Any], jobs: Sequence[Any], workers: int,
             quiet: bool) -> list[Any]:
    """Run all jobs, in order, and show the progress.

    Args:
        work (Callable[[Any], Any]): Function called on each job; must be
            importable.
        jobs (Sequence[Any]): Arguments of ``work``.
        workers (int): Number of processes; 1 works in this process.
        quiet (bool): Show nothing.
    """
    start, out = time.time(), []

    def told(results: Any) -> list[Any]:
        for result in results:
            out.append(result)
            if not quiet:
                spent = time.time() - start
                print(
                    f'MiniWorld: scene {len(out)} of {len(jobs)}, '
                    f'{spent:.0f} s',
                    flush=True)
        return out

    fork = 'fork' in multiprocessing.get_all_start_methods()
    daemon = multiprocessing.current_process().daemon
    if workers <= 1 or not fork or daemon or len(jobs) < 2:
        return told(map(work, jobs))
    with multiprocessing.get_context('fork').Pool(workers) as pool:
        return told(pool.imap(work, jobs))


def write_nuscenes(folder: Path, args: dict[str, Any], workers: int,
                   quiet: bool) -> None:
    """Write the nuScenes town into an empty folder."""
    version, names = scene_names(*args['scenes'])
    nuscenes_writer.make_folders(folder, version)
    jobs = [
        SceneJob(
            str(folder), version, name, split, index, args['keyframes'],
            tuple(args['image_size']), args['azimuth_steps'], args['seed'])
        for split, part in names.items() for index, name in enumerate(part)
    ]
    parts = run_jobs(nuscenes_writer.write_scene, jobs, workers, quiet)
    nuscenes_writer.write_tables(folder, version, parts)


def write_kitti(folder: Path, args: dict[str, Any], workers: int,
                quiet: bool) -> None:
    """Write the other town into an empty folder."""
    run_jobs(kitti_writer.write_sequence,
             kitti_writer.sequence_jobs(folder, args), workers, quiet)


DEFAULTS: dict[str, dict[str, Any]] = dict(
    nuscenes=dict(
        scenes=(8, 2),
        keyframes=10,
        image_size=(448, 252),
        azimuth_steps=542,
        seed=0),
    other=dict(
        scenes=(4, 1),
        keyframes=6,
        image_size=(496, 150),
        azimuth_steps=720,
        seed=0))
# Enough scenes for intervals over them, and a set of its own for choices:
# streets of no set are those of another, nor those that recipes of the demo's
# world were chosen on.
LARGE: dict[str, Any] = dict(scenes=(8, 10, 4), seed=1)
WRITERS: dict[str, Callable] = dict(nuscenes=write_nuscenes, other=write_kitti)


def full_arguments(town: str, **args: Any) -> dict[str, Any]:
    """Return the defaults of a town, overridden by ``args``.

    Raises:
        BadInput: An unknown town or argument, or a number that makes no sense.
    """
    if town not in DEFAULTS:
        raise BadInput(f'no town {town!r}; there are {sorted(DEFAULTS)}')
    unknown = set(args) - set(DEFAULTS[town])
    if unknown:
        raise BadInput(f'unknown arguments {sorted(unknown)}; a town has '
                       f'{sorted(DEFAULTS[town])}')
    out = {**DEFAULTS[town], **args}
    sets = (2, 3) if town == 'nuscenes' else (2, )
    for key, sizes in dict(scenes=sets, image_size=(2, )).items():
        out[key] = tuple(int(v) for v in out[key])
        if len(out[key]) not in sizes:
            raise BadInput(f"{key} takes {' or '.join(map(str, sizes))} "
                           f'numbers, not {out[key]}')
    if min(out['scenes']) < 0 or sum(out['scenes']) < 1:
        raise BadInput(f"no scenes in {out['scenes']}")
    if min(*out['image_size'], out['keyframes'], out['azimuth_steps']) < 1:
        raise BadInput(f'sizes must be positive: {out}')
    return {'town': town, **out}


def generate(out: Path,
             town: str = 'nuscenes',
             workers: int = 2,
             quiet: bool = False,
             **args: Any) -> None:
    """Write a dataset into an empty folder, without a manifest.

    Args:
        out (Path): An existing, empty folder.
        town (str): 'nuscenes' (nuScenes v1.0 format) or 'other'
            (SemanticKITTI's).
        workers (int): Processes; the result does not depend on it.
        quiet (bool): Show no progress.
        **args: ``scenes`` (train, val and, in nuScenes' format, choose),
            ``keyframes`` per scene, ``image_size`` (width, height) in pixels,
            ``azimuth_steps`` of the LiDAR and ``seed``.
    """
    full = full_arguments(town, **args)
    WRITERS[town](Path(out), full, workers, quiet)


def ensure_miniworld(out: Path,
                     town: str = 'nuscenes',
                     workers: int = 2,
                     quiet: bool = False,
                     **args: Any) -> Path:
    """Make sure that ``out`` holds the whole requested dataset.

    A folder whose files are all as its manifest says, made by this version
    with these arguments, is left alone. Anything else is built again, and a
    message says why.

    Args:
        out, town, workers, quiet, args: See ``generate``.

    Returns:
        ``out``.
    """

    def say(text: str) -> None:
        print(text, flush=True)

    return ensure(
        Path(out), GENERATOR_VERSION, full_arguments(town, **args),
        lambda folder: generate(folder, town, workers, quiet, **args), say)
