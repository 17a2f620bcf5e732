"""Read a scan from a file in the form that the package's models take."""
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyParseError

from ...errors import BadInput, MissingInput
from .checks import fitting_columns
from .intensity import to_255
from .pcd import VIEWPOINT, read_pcd
from .scan import Scan, find_origin

Columns = dict[str, np.ndarray]

# Names of the intensity in sensors' drivers, PCL and CloudCompare.
INTENSITIES = ('intensity', 'i', 'reflectance', 'reflectivity', 'remission',
               'scalar_intensity')
# nuScenes: x, y, z, intensity, ring. KITTI: x, y, z, intensity.
_USUAL_COLUMNS = (5, 4)


def read_scan(path: str | Path,
              columns: int | None = None,
              intensity: float | None = None,
              intensity_scale: float | None = None,
              origin: Sequence[float] | None = None) -> Scan:
    """Read the points of a .bin, .pcd, .ply or .npy file.

    Rows that are not finite (organised clouds have them) are left out.

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

    Returns:
        Scan: The scan; its ``notes`` say what was assumed.

    Raises:
        MissingInput: No such file.
        BadInput: Another format, an incomplete file, no finite point, no
            intensity, or intensities in another unit.
    """
    path = Path(path)
    if path.suffix.lower() not in EXTENSIONS:
        raise BadInput(f"'{path}' has none of the extensions "
                       f'{list(EXTENSIONS)}.')
    if not path.is_file():
        raise MissingInput(f"The scan '{path}' does not exist.")
    if path.stat().st_size and _is_resource_fork(path):
        raise BadInput(f"'{path}' is not a scan but what macOS keeps beside "
                       f"one: take '{path.name.removeprefix('._')}'.")
    if columns is not None and columns < 3:
        raise BadInput(f'A point has at least 3 columns, not {columns}.')
    read = _READERS.get(path.suffix.lower())
    found = _read_bin(path, columns) if read is None else read(path)
    found = {name.lower(): values for name, values in found.items()}
    missing = [axis for axis in 'xyz' if axis not in found]
    if missing:
        raise BadInput(f"'{path}' has no {', '.join(missing)}; its fields "
                       f'are {list(found)}.')
    return _make_scan(found, path, intensity, intensity_scale, origin)


def _is_resource_fork(path: Path) -> bool:
    """Whether a file begins as AppleDouble files do."""
    with open(path, 'rb') as file:
        return file.read(4) == b'\x00\x05\x16\x07'


def _make_scan(found: Columns, path: Path, intensity: float | None,
               scale: float | None, origin: Sequence[float] | None) -> Scan:
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
    notes = []
    if len(rows) < len(xyz):
        notes.append(f'{len(xyz) - len(rows)} of {len(xyz)} points are not '
                     'finite: left out, and labelled as ignored')
    xyz, values = xyz[rows], values[rows]
    if intensity is None:
        values, note = to_255(values, str(path), scale)
        notes.append(note)
    told = None if origin is None else np.asarray(origin, np.float64)
    place, note = find_origin(xyz, str(path), told, found.get(VIEWPOINT))
    notes += [note] if note else []
    near = xyz.astype(np.float64) - place
    points = np.concatenate([near, values[:, None]], 1).astype(np.float32)
    return Scan(points, place, rows, len(finite), tuple(notes))


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


def _read_bin(path: Path, columns: int | None) -> Columns:
    size = path.stat().st_size
    fitting = [n for n in (columns, ) if n] or _USUAL_COLUMNS
    fitting = [n for n in fitting if size % (4 * n) == 0]
    if not fitting:
        wanted = columns or ' or '.join(map(str, _USUAL_COLUMNS))
        raise BadInput(
            f"'{path}' has {size} bytes, which are not rows of {wanted} "
            'float32: it is truncated (copy it again) or has another number '
            'of columns (--columns).')
    values = np.fromfile(path, '<f4')
    if columns is None:
        fitting = fitting_columns(values)
        known = len(fitting) == 1 and fitting[0] in _USUAL_COLUMNS
        if not known and size:
            raise BadInput(
                f"'{path}' may have {fitting or 'other than 4 to 7'} columns "
                'by its size and intensities: give their number (--columns).')
    return _named(values.reshape(-1, fitting[0]))


def _read_npy(path: Path) -> Columns:
    try:
        table = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"'{path}' is not a numeric array that NumPy saved "
                       f'({error}).') from error
    if table.ndim == 2 and 3 <= len(table) <= 6 < table.shape[1]:
        # nuscenes-devkit keeps a cloud as (4, N).
        table = table.T
    if table.ndim != 2 or table.shape[1] < 3 or table.dtype.kind not in 'fiu':
        raise BadInput(f"'{path}' holds an array {table.shape} of "
                       f'{table.dtype}; (N, 3 or more) numbers are needed.')
    return _named(table)


def _named(table: np.ndarray) -> Columns:
    names = ('x', 'y', 'z', 'intensity')[:table.shape[1]]
    return {name: table[:, index] for index, name in enumerate(names)}


def _read_ply(path: Path) -> Columns:
    try:
        vertices = PlyData.read(str(path))['vertex']
    except (PlyParseError, KeyError, ValueError, UnicodeDecodeError) as error:
        raise BadInput(f"'{path}' is not a complete PLY file of vertices "
                       f'({error}). Copy it again.') from error
    return {
        prop.name: np.asarray(vertices[prop.name])
        for prop in vertices.properties
    }


_READERS: dict[str, Callable[[Path], Columns]] = {
    '.npy': _read_npy,
    '.pcd': read_pcd,
    '.ply': _read_ply
}
EXTENSIONS = ('.bin', *_READERS)
