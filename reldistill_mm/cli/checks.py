"""Numbers of command lines that make no sense, whatever the files hold."""
import math
import os
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import BadInput


def check_cache_numbers(pairs: int | None,
                        dims: int | None,
                        workers: int,
                        seed: int,
                        rank: int,
                        world_size: int,
                        shards: int | None = None) -> None:
    """Check the numbers that :func:`.cache_teacher` takes.

    Raises:
        BadInput: One is out of its range.
    """
    for name, value in dict(pairs=pairs, dims=dims, shards=shards).items():
        if value is not None and value < 1:
            raise BadInput(f'--{name} must be positive, not {value}.')
    for name, value in dict(workers=workers, seed=seed).items():
        if value < 0:
            raise BadInput(f'--{name} must not be negative, as {value} is.')
    check_ranks(rank, world_size)


def add_ranks(parser: ArgumentParser) -> None:
    """Add ``--rank`` and ``--world-size``, which torchrun fills in."""
    parser.add_argument(
        '--rank',
        type=int,
        default=int(os.environ.get('RANK', 0)),
        help='number of this process (default: $RANK or 0)')
    parser.add_argument(
        '--world-size',
        type=int,
        default=int(os.environ.get('WORLD_SIZE', 1)),
        help='number of processes that share the work (default: $WORLD_SIZE '
        'or 1)')


def check_ranks(rank: int, world_size: int) -> None:
    """Check which of the processes that share the work this one is.

    Raises:
        BadInput: There is no such process.
    """
    if not 0 <= rank < world_size:
        raise BadInput(f'--rank {rank} is not in [0, {world_size}), the '
                       '--world-size.')


def add_intensity(add: Callable[..., Any]) -> None:
    """Add the options that say what a scan's intensities are.

    Args:
        add (Callable): A parser's ``add_argument``.
    """
    add('--intensity',
        type=float,
        help='one value for all points, 0 to 255, for scans without any')
    add('--intensity-scale',
        type=float,
        help='factor that brings intensities to 0 to 255 (default: guessed '
        'from their quantiles)')


def check_intensities(intensity: float | None, scale: float | None,
                      origin: Sequence[float] | None) -> None:
    """Check what a person says of a scan's intensities and origin.

    Args:
        intensity (float, optional): One value for all points, 0 to 255.
        scale (float, optional): Brings intensities to 0 to 255.
        origin (Sequence[float], optional): (3,) position of the sensor, m.

    Raises:
        BadInput: A number that makes no sense, whatever the scan.
    """
    if intensity is not None and not 0 <= intensity <= 255:
        raise BadInput(f'--intensity {intensity:g} is not in 0 to 255.')
    if scale is not None and not (scale > 0 and math.isfinite(scale)):
        raise BadInput(f'--intensity-scale {scale:g} is not a positive '
                       'number.')
    if origin is not None and not all(map(math.isfinite, origin)):
        raise BadInput(f'--origin {list(origin)} is not three finite numbers.')
