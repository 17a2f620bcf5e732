"""Make nuScenes' info files by mmdet3d's converter, with scene names."""
import contextlib
import json
import re
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import mmengine
from nuscenes.nuscenes import NuScenes
from nuscenes.utils.splits import create_splits_scenes

from ..compat.upstream_tools import upstream_converters, working_directory
from ..errors import BadInput, MissingInput
from ..io.files import require_content, require_folder
from ..io.named_inputs import NUSCENES_ROOT, require_root
from .info_file import write_infos
from .sweeps import relative_sweep

_TABLES = ('category', 'attribute', 'visibility', 'instance', 'sensor',
           'calibrated_sensor', 'ego_pose', 'log', 'scene', 'sample',
           'sample_data', 'sample_annotation', 'map')


def convert_nuscenes(root: Path,
                     out_dir: Path,
                     version: str = 'v1.0-trainval',
                     prefix: str = 'nuscenes',
                     max_sweeps: int = 10,
                     camera_instances: bool = True) -> list[Path]:
    """Make info files of format 1.1 and name each keyframe's scene.

    mmdet3d's converter looks for the data in ``./data/nuscenes`` and writes
    beside it; it is run in a temporary folder of links, so that the data's
    own folder may lie anywhere and be read-only.

    Args:
        root (Path): Folder with ``samples``, the tables and, for labels,
            ``lidarseg``.
        out_dir (Path): Folder for the info files.
        version (str): nuScenes version. Defaults to 'v1.0-trainval'.
        prefix (str): Prefix of the file names. Defaults to 'nuscenes'.
        max_sweeps (int): Sweeps listed with a keyframe. Defaults to 10.
        camera_instances (bool): Write boxes in every image, for monocular 3D
            detection; that is most of the converter's time, and segmentation
            reads none of them. Defaults to True, as in mmdet3d.

    Returns:
        list[Path]: The info files: train and val, as far as there are scenes
        of them, or test; train of a recording of one's own, whose scenes are
        in none of nuScenes' splits.

    Raises:
        MissingInput: A table is missing.
        BadInput: No cloud of the version is there, or one is empty.
    """
    if max_sweeps < 0:
        raise BadInput(f'--max-sweeps {max_sweeps} is negative.')
    root, out_dir = Path(root).resolve(), Path(out_dir).resolve()
    if '/' in prefix:
        raise BadInput(f"--extra-tag '{prefix}' is the beginning of a file's "
                       'name and has no slash: give the folder as --out-dir.')
    _check_tables(root, version)
    require_folder(out_dir, '--out-dir')
    splits = ['test'] if version.endswith('test') else ['train', 'val']
    names = [f'{prefix}_infos_{split}.pkl' for split in splits]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, 'data', 'nuscenes')
        data.mkdir(parents=True)
        # Link folders only: the converter would write through a link to an
        # existing info file.
        for entry in root.iterdir():
            if entry.is_dir():
                (data / entry.name).symlink_to(entry)
        with _explained(root, version), upstream_converters(), \
                working_directory(folder):
            from tools.dataset_converters import update_infos_to_v2
            from tools.dataset_converters.nuscenes_converter import \
                create_nuscenes_infos
            if not camera_instances:
                update_infos_to_v2.generate_nuscenes_camera_instances = (
                    _no_camera_instances)
            create_nuscenes_infos(
                './data/nuscenes', prefix, version, max_sweeps=max_sweeps)
            names = [name for name in names if _has_keyframes(name)]
            for name in names:
                update_infos_to_v2.update_pkl_infos(
                    'nuscenes',
                    out_dir=str(folder),
                    pkl_path=f'./data/nuscenes/{name}')
        nusc = read_tables(root, version)
        made = {name: mmengine.load(Path(folder, name)) for name in names}
    made = _own_scenes_train(made, nusc, prefix)
    for infos in made.values():
        add_scene_names(infos, nusc)
        _name_sweeps_below_root(infos)
        _refuse_empty(infos, root, version)
    for name, infos in made.items():
        write_infos(infos, out_dir / name)
    return [out_dir / name for name in made]


def _has_keyframes(name: str) -> bool:
    """Whether the converter, which fails on none, has found some."""
    return bool(mmengine.load(f'./data/nuscenes/{name}')['infos'])


def _own_scenes_train(made: dict[str, dict], nusc: NuScenes,
                      prefix: str) -> dict[str, dict]:
    """Name what is in none of nuScenes' splits, which are val's, train."""
    if not made:
        raise BadInput(
            f"No cloud of '{nusc.dataroot}' is of a scene of {nusc.version}: "
            "unpack samples/, or give a recording of one's own the version "
            'v1.0-trainval.')
    splits = chain.from_iterable(create_splits_scenes().values())
    if {scene['name'] for scene in nusc.scene}.isdisjoint(splits):
        return {f'{prefix}_infos_train.pkl': made.popitem()[1]}
    return made


def read_tables(root: Path, version: str) -> NuScenes:
    """Read nuScenes' tables by its devkit.

    Args:
        root (Path): Folder with ``samples`` and the tables.
        version (str): nuScenes version.

    Raises:
        MissingInput: The folder or a table is missing.
        BadInput: A table is truncated or of another dataset.
    """
    _check_tables(root, version)
    with _explained(root, version):
        return NuScenes(version=version, dataroot=str(root), verbose=False)


@contextlib.contextmanager
def _explained(root: Path, version: str) -> Iterator[None]:
    """Make errors in reading nuScenes name the file and a remedy."""
    try:
        yield
    except (BadInput, MissingInput):
        raise
    except FileNotFoundError as error:
        # The converter runs in a folder of links.
        text = re.sub(r'[^\s"\']*data/nuscenes', str(root), str(error))
        raise MissingInput(f'{text}: unpack all parts of nuScenes {version} '
                           f"into '{root}'.") from error
    except (ValueError, LookupError, TypeError, AssertionError) as error:
        name = _damaged_table(root / version)
        raise BadInput(
            f"'{name or root / version}' is not what the nuScenes devkit "
            f'expects ({type(error).__name__}: {error}): it is truncated or '
            'of another version; copy it again.') from error


def _damaged_table(folder: Path) -> Path | None:
    """Find the first table that is not JSON."""
    for name in _TABLES:
        path = folder / f'{name}.json'
        try:
            json.loads(path.read_bytes())
        except ValueError:
            return path
    return None


def _no_camera_instances(info: dict, _: NuScenes) -> dict[str, list]:
    """Return what the converter writes for cameras without a box."""
    return {camera: [] for camera in info['cams']}


def _refuse_empty(infos: dict, root: Path, version: str) -> None:
    """Refuse clouds and labels that a broken copy has left empty."""
    for info in infos['data_list']:
        cloud = Path(info['lidar_points']['lidar_path']).name
        require_content(root / 'samples' / 'LIDAR_TOP' / cloud)
        labels = info.get('pts_semantic_mask_path')
        if labels:
            path = root / 'lidarseg' / version / Path(labels).name
            if path.is_file():
                require_content(path, 'label file')


def _name_sweeps_below_root(infos: dict) -> None:
    """Take the folder of links off the sweeps' paths, in place."""
    for info in infos['data_list']:
        for sweep in info.get('lidar_sweeps') or ():
            points = sweep['lidar_points']
            points['lidar_path'] = relative_sweep(points['lidar_path'])


def add_scene_names(infos: dict, nusc: NuScenes) -> None:
    """Give every keyframe its scene's name and its images' sizes.

    ``scene_name`` and ``scene_token``; and for each camera ``height`` and
    ``width``, which the tables know whatever size the images are stored in
    today.

    Args:
        infos (dict): Content of an info file of format 1.1; changed.
        nusc (NuScenes): The devkit's view of the same data.

    Raises:
        BadInput: A keyframe is not in the tables.
    """
    scenes: dict[str, dict] = {scene['token']: scene for scene in nusc.scene}
    samples = {sample['token']: sample for sample in nusc.sample}
    for info in infos['data_list']:
        sample = samples.get(info['token'])
        if sample is None:
            raise BadInput(
                f"The keyframe {info['token']} is not in the tables of "
                f'{nusc.version}; use the version that the infos were made '
                'of.')
        info['scene_token'] = sample['scene_token']
        info['scene_name'] = scenes[sample['scene_token']]['name']
        for camera in info.get('images', {}).values():
            token = camera.get('sample_data_token')
            if token is not None:
                entry = nusc.get('sample_data', token)
                camera.update(height=entry['height'], width=entry['width'])


def _check_tables(root: Path, version: str) -> None:
    require_root(root, NUSCENES_ROOT)
    missing = [
        name for name in _TABLES
        if not (root / version / f'{name}.json').is_file()
    ]
    if missing:
        there = sorted(p.parent.name for p in root.glob('v*/sample.json'))
        raise MissingInput(
            f"'{root / version}' lacks the tables {missing}: --root-path must "
            'be the folder that holds samples/ and the version, and --version '
            f'one that is there ({", ".join(there) or "v1.0-trainval"}).')
    for name in ('scene', 'sample'):
        path = root / version / f'{name}.json'
        try:
            rows = json.loads(path.read_bytes())
        except ValueError as error:
            raise BadInput(f"The table '{path}' is not JSON ({error}): it is "
                           'truncated; copy it again.') from error
        if not rows or not isinstance(rows, list):
            raise BadInput(f"The table '{path}' has no rows: it is truncated "
                           'or of another dataset; copy it again.')
