"""Compare the clouds of two sensors."""
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..datasets.scans import list_scans, read_scan
from ..errors import BadInput
from ..functional.cloud_profile import (profile_clouds, tell_differences,
                                        without_vehicle)
from ..io.files import atomic_path
from ..visualization.profile_view import draw_profiles
from .browse_pairs import check_picture_name
from .prepare_recording import points_dataset

# Points of all scans that are drawn.
_DRAWN = 200000


def compare_data(
    first: Path,
    second: Path,
    out: str = 'compared.png',
    scans: int = 10,
    columns: tuple[int | None, int | None] = (None, None),
    scales: tuple[float | None, float | None] = (None, None),
    roots: tuple[Path | None, Path | None] = (None, None)
) -> list[str]:
    """Measure clouds of two sensors and say what differs.

    Args:
        first (Path): Info file, folder or scan of what a model was trained
            on.
        second (Path): The same of what it is to be used on.
        out (str): Picture of the histograms. Defaults to 'compared.png'.
        scans (int): Most scans to read of each, evenly spread. Defaults to
            10.
        columns (tuple): Columns of ``.bin`` files. Defaults to None, found.
        scales (tuple): Factors of the intensities. Defaults to None, found.
        roots (tuple): Folders that the paths of info files are relative to.
            Defaults to None, the info files' own.

    Returns:
        list[str]: Sentences: what was read, what differs, and which switch
        helps.

    Raises:
        MissingInput: Nothing is there.
        BadInput: A scan cannot be read, see :func:`read_scan`.
    """
    check_picture_name(out, '--out')
    if scans < 1:
        raise BadInput(f'--scans {scans} must be at least 1.')
    # What a sensor sees of its own vehicle says nothing of it.
    clouds = [
        list(
            map(without_vehicle,
                _clouds(Path(path), scans, count, scale, root)))
        for path, count, scale, root in zip((first,
                                             second), columns, scales, roots)
    ]
    profiles = [profile_clouds(each) for each in clouds]
    points = [_drawn(np.concatenate(each)) for each in clouds]
    one, other = points
    measures = [
        ('intensity, 0 to 255', one[:, 3], other[:, 3]),
        ('height above the sensor, m', one[:, 2], other[:, 2]),
        ('distance, m', *(np.linalg.norm(p[:, :3], axis=1) for p in points)),
        ('elevation, degrees', *(_elevation(p) for p in points)),
        ('points per scan', *(p.points for p in profiles)),
        ('points per square metre, 8 to 12 m', *(p.density for p in profiles)),
    ]
    with atomic_path(out) as path:
        draw_profiles(measures, (f'A: {first}', f'B: {second}')).savefig(path)
    lines = [
        f"{letter}: {len(each)} scan{'s' * (len(each) > 1)} of '{path}', "
        f'{np.median(p.points):.0f} points beyond the vehicle, about '
        f'{np.median(p.lines):.0f} scan lines, sensor '
        f'{np.median(p.mounted):.1f} m above the ground'
        for letter, path, each, p in zip('AB', (first,
                                                second), clouds, profiles)
    ]
    return lines + (
        tell_differences(*profiles)
        or ['Nothing differs by much: no switch is needed.'])


def _drawn(points: np.ndarray) -> np.ndarray:
    step = -(-len(points) // _DRAWN)
    return points[::step]


def _elevation(points: np.ndarray) -> np.ndarray:
    flat = np.hypot(points[:, 0], points[:, 1])
    return np.degrees(np.arctan2(points[:, 2], flat))


def _clouds(path: Path, count: int, columns: int | None, scale: float | None,
            root: Path | None) -> list[np.ndarray]:
    if path.suffix == '.pkl':
        dataset = points_dataset(path, root or path.parent, columns, scale)
        return [
            dataset[index]['points'].tensor.numpy()[:, :4]
            for index in _spread(range(len(dataset)), count)
        ]
    return [
        read_scan(each, columns, intensity_scale=scale).points
        for each in _spread(list_scans(path), count)
    ]


def _spread(items: Sequence, count: int) -> list:
    places = np.linspace(0, len(items) - 1, min(count, len(items)))
    return [items[place] for place in places.round().astype(int)]
