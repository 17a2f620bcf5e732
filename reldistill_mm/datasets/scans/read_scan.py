"""Read a scan from a file in the form that the package's models take."""
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ...errors import BadInput
from ...io.named_inputs import require_scan
from .checks import refusing_unreadable
from .foreign import refuse_foreign
from .intensity import SMALLEST_FACTOR, find_factor, to_255
from .pcd import VIEWPOINT, read_pcd
from .ply import read_ply
from .scan import Scan, find_origin
from .stray import find_stray
from .table_files import Columns, read_bin, read_npy

# Names of the intensity in sensors' drivers, PCL and CloudCompare.
INTENSITIES = ('intensity', 'i', 'reflectance', 'reflectivity', 'remission',
               'scalar_intensity')
_READERS: dict[str, Callable[[Path], Columns]] = {
    '.npy': read_npy,
    '.pcd': read_pcd,
    '.ply': read_ply
}


def read_scan(path: str | Path,
              columns: int | None = None,
              intensity: float | None = None,
              intensity_scale: float | None = None,
              origin: Sequence[float] | None = None,
              compress: bool = False) -> Scan:
    """Read the points of a .bin, .pcd, .ply or .npy file.

    Rows that are not finite (organised clouds have them) or kilometres away
    from the rest are left out.

    Args:
        path (str | Path): The file. ``.bin`` holds rows of float32, ``.npy``
            an array (N, C), or (C, N) as nuscenes-devkit has it: x, y, z in
            metres, intensity and more.
        columns (int, optional): Columns of a ``.bin`` file. Defaults to
            None: 5 (nuScenes) or 4 (KITTI), whichever alone fits the size
            and leaves no intensity negative; other numbers must be given.
        intensity (float, optional): Intensity of every point, 0 to 255.
            Defaults to None, the file's own.
        intensity_scale (float, optional): Factor on the file's own
            intensities, to bring them to 0 to 255. Defaults to None:
            guessed from their quantiles, see :func:`to_255`.
        origin (Sequence[float], optional): (3,) position of the sensor in
            the file's frame. Defaults to None, see :func:`find_origin`.
        compress (bool): Whether to take tanh of the file's own intensities
            first. Defaults to False.

    Returns:
        Scan: The scan; its ``notes`` say what was assumed.

    Raises:
        MissingInput: No such file.
        BadInput: Another format, an incomplete file, no finite point, no
            intensity, intensities in another unit, or a value that makes no
            sense.
    """
    path = Path(path)
    _check_values(columns, intensity, intensity_scale, origin)
    found = _in_lower_case(read_fields(path, columns), path)
    missing = [axis for axis in 'xyz' if axis not in found]
    if missing:
        raise BadInput(f"'{path}' has no {', '.join(missing)}; its fields "
                       f'are {list(found)}.')
    return _make_scan(found, path, intensity, intensity_scale, origin,
                      compress)


def read_fields(path: Path, columns: int | None = None) -> Columns:
    """Read all fields of a scan, by the names that the file has for them.

    Args:
        path (Path): The file.
        columns (int, optional): Columns of a ``.bin`` file.

    Returns:
        dict[str, np.ndarray]: Field to its (N,) values.

    Raises:
        MissingInput: No such file.
        BadInput: Another format, or an incomplete file.
    """
    with refusing_unreadable(path):
        require_scan(path)
        refuse_foreign(path)
    read = _READERS.get(path.suffix.lower())
    with refusing_unreadable(path):
        return read_bin(path, columns) if read is None else read(path)


def _in_lower_case(found: Columns, path: Path) -> Columns:
    """Return the columns under lower-case names, each of which is one."""
    names = [name.lower() for name in found]
    for name in ('x', 'y', 'z', *INTENSITIES):
        if names.count(name) > 1:
            same = [other for other in found if other.lower() == name]
            raise BadInput(f"'{path}' has the fields {same}, and which is "
                           f'{name} is not known: rename the others.')
    return {name.lower(): values for name, values in found.items()}


def _check_values(columns: int | None, intensity: float | None,
                  scale: float | None, origin: Sequence[float] | None) -> None:
    if columns is not None and columns < 3:
        raise BadInput(f'A point has at least 3 columns, not {columns}.')
    if intensity is not None and not 0 <= intensity <= 255:
        raise BadInput(f'An intensity is from 0 to 255, not {intensity:g} '
                       '(--intensity).')
    if scale is not None and not SMALLEST_FACTOR <= scale < math.inf:
        raise BadInput('The scale of the intensities is positive, not '
                       f'{scale:g} (--intensity-scale).')
    if origin is not None and not (len(origin) == 3 and all(
            math.isfinite(value) for value in origin)):
        raise BadInput('The origin is three finite coordinates, not '
                       f'{list(origin)} (--origin X Y Z).')


def _make_scan(found: Columns, path: Path, intensity: float | None,
               scale: float | None, origin: Sequence[float] | None,
               compress: bool) -> Scan:
    xyz = np.stack([found[axis] for axis in 'xyz'], 1)
    if len(xyz) == 0:
        raise BadInput(f"'{path}' holds no points.")
    values = _own_intensities(found, path, intensity)
    finite = np.isfinite(xyz).all(1) & np.isfinite(values)
    rows = np.flatnonzero(finite)
    if len(rows) == 0:
        raise BadInput(
            f"'{path}' holds no finite point: all of its {len(xyz)} "
            'rows have NaN or infinity.')
    notes, factor = [], None
    if len(rows) < len(xyz):
        notes.append(f'{len(xyz) - len(rows)} of {len(xyz)} points are not '
                     'finite: left out, and labelled as ignored')
    told = None if origin is None else np.asarray(origin, np.float64)
    place, note = find_origin(xyz[rows], str(path), told, found.get(VIEWPOINT))
    near = xyz[rows].astype(np.float64) - place
    kept, stray_note = find_stray(near, str(path))
    rows, near = rows[kept], near[kept]
    values = values[rows]
    if intensity is None:
        if compress:
            values = np.tanh(values)
            notes.append('tanh of the intensities')
        factor = find_factor(values, str(path), scale)
        values, unit = to_255(values, str(path), scale)
        notes.append(unit)
    notes += [line for line in (note, stray_note) if line]
    points = np.concatenate([near, values[:, None]], 1).astype(np.float32)
    return Scan(points, place, rows, len(finite), tuple(notes), factor)


def _own_intensities(found: Columns, path: Path,
                     constant: float | None) -> np.ndarray:
    """Return (N,) float64 in the file's unit, or one given value for all."""
    if constant is not None:
        return np.full(len(found['x']), float(constant))
    name = next((name for name in INTENSITIES if name in found), None)
    if name is None:
        raise BadInput(
            f"'{path}' has no intensity (its fields: {list(found)}), which "
            'the model was trained with: give every point one from 0 to '
            '255 by intensity (--intensity 20).')
    return found[name].astype(np.float64)
