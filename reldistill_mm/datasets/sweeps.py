"""Paths of the sweeps between nuScenes' keyframes."""
import os.path as osp
import posixpath
from collections.abc import Iterable, Mapping

from ..errors import BadInput, MissingInput
from .converted import below

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


def keep_sweeps(info: dict, count: int, root: str,
                folders: Mapping[str, str]) -> None:
    """Keep the first sweeps of an info and resolve their paths, in place.

    mmdet3d's converters write the file's name alone (Waymo), a path that
    begins where they ran (nuScenes) or a path of another machine (Lyft).

    Args:
        info (dict): Info as the file has it.
        count (int): Most sweeps to keep; 0 drops the key.
        root (str): Folder of the data, or its address.
        folders (Mapping[str, str]): Folders of ``pts`` and ``sweeps``.
    """
    sweeps = (info.pop('lidar_sweeps', None) or [])[:count]
    if not sweeps:
        return
    here = folders.get('pts', root)
    kept = []
    for sweep in sweeps:
        path = str(sweep['lidar_points']['lidar_path'])
        relative = relative_sweep(path)
        name = posixpath.basename(path)
        tries = [
            below(folders.get('sweeps', root), name)
            if relative.startswith('sweeps/') else below(root, relative),
            below(here, path),
            below(here, name)
        ]
        found = next((each for each in tries if osp.isfile(each)), None)
        cloud = dict(
            sweep['lidar_points'],
            lidar_path=found or (tries[1] if '/' not in path else tries[0]))
        kept.append(dict(sweep, lidar_points=cloud))
    info['lidar_sweeps'] = kept


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
