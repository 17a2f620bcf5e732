"""Paths of the sweeps between nuScenes' keyframes."""
import os.path as osp
import posixpath
from collections.abc import Iterable, Mapping

from ..errors import BadInput, MissingInput

_FOLDERS = ('sweeps', 'samples')


def relative_sweep(path: str) -> str:
    """Find a sweep's path below the folder of the data.

    mmdet3d's converter writes ``./data/nuscenes/sweeps/...``, wherever the
    data lies.

    Args:
        path (str): Path in an info file.

    Returns:
        str: ``sweeps/LIDAR_TOP/NAME`` or ``samples/LIDAR_TOP/NAME``; the path
        as it is where it has neither folder.
    """
    parts = path.replace('\\', '/').split('/')
    places = [place for place, part in enumerate(parts) if part in _FOLDERS]
    return '/'.join(parts[places[-1]:]) if places else path


def root_sweeps(info: dict, root: str, prefixes: Mapping[str, str]) -> None:
    """Resolve the paths of an info's sweeps, in place.

    Args:
        info (dict): Info with ``lidar_sweeps``.
        root (str): Folder of the data.
        prefixes (Mapping[str, str]): ``sweeps`` names another folder for
            sweeps, as in mmdet3d's detection datasets.
    """
    for sweep in info.get('lidar_sweeps') or ():
        path = relative_sweep(sweep['lidar_points']['lidar_path'])
        if path.startswith('sweeps/') and prefixes.get('sweeps'):
            path = osp.join(prefixes['sweeps'], posixpath.basename(path))
        else:
            path = osp.join(root, path)
        sweep['lidar_points']['lidar_path'] = path


def require_sweeps(infos: Iterable[dict], source: str) -> None:
    """Refuse infos without sweeps, or with sweeps that are not there.

    Only the first file is looked for.

    Args:
        infos (Iterable[dict]): Infos whose paths are resolved.
        source (str): The info file, for messages.

    Raises:
        BadInput: No keyframe has a sweep.
        MissingInput: The first sweep does not exist.
    """
    paths = (
        sweep['lidar_points']['lidar_path'] for info in infos
        for sweep in info.get('lidar_sweeps') or ())
    first = next(paths, None)
    if first is None:
        raise BadInput(
            f"'{source}' lists no sweep, so load_sweeps=True would load "
            'nothing: convert the data with --max-sweeps 10, or set '
            'load_sweeps=False.')
    if '://' not in first and not osp.isfile(first):
        raise MissingInput(
            f"The sweep '{first}', which '{source}' lists, does not exist: "
            "unpack nuScenes' sweeps below data_root (or name their folder "
            'as data_prefix.sweeps), or set load_sweeps=False.')
