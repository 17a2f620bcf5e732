"""Prepare MiniWorld as a dataset for training."""
import json
import tempfile
from pathlib import Path
from typing import Any

from reldistill_mm.datasets.convert_nuscenes import convert_nuscenes
from reldistill_mm.datasets.info_file import write_infos
from reldistill_mm.errors import MissingInput
from reldistill_mm.io.inert_pickle import load_values
from .builder import DEFAULTS, ensure_miniworld, scene_names
from .manifest import MANIFEST

_INFOS = 'nuscenes_infos_{}.pkl'
# Of a world that is ready for training.
INFOS = [_INFOS.format(split) for split in ('train', 'val')]
CHOOSE_INFOS = _INFOS.format('choose')


def prepare_data(data: Path, **args: Any) -> None:
    """Make MiniWorld and its info files, unless all are complete.

    Scenes for choices have an info file of their own, and are not in that for
    training, although their names are among the devkit's training scenes.

    Args:
        data (Path): Folder to make.
        **args: See :func:`.builder.ensure_miniworld`: ``workers``, and what
            is not as in ``DEFAULTS``. ``LARGE`` is a world with scenes for
            choices and with enough of them for intervals.
    """
    ensure_miniworld(data, **args)
    scenes = args.get('scenes', DEFAULTS['nuscenes']['scenes'])
    version, names = scene_names(*scenes)
    if all((data / _INFOS.format(split)).is_file() for split in names):
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = convert_nuscenes(
            data, Path(folder), version=version, camera_instances=False)
        made = [load_values(path.read_bytes()) for path in paths]
    for split, scenes in names.items():
        # The converter's: of training, then of validation.
        infos = made[split == 'val']
        wanted = set(scenes)
        kept = [
            info for info in infos['data_list'] if info['scene_name'] in wanted
        ]
        write_infos({**infos, 'data_list': kept}, data / _INFOS.format(split))


def data_options(data: Path) -> dict[str, str]:
    """Return ``--cfg-options`` that name a world's folder.

    Args:
        data (Path): Folder of a MiniWorld of any size.

    Returns:
        dict[str, str]: Folder and labels of the three data loaders.

    Raises:
        MissingInput: There is no world in the folder.
    """
    labels = sorted(path.name for path in data.glob('lidarseg/*'))
    if not labels:
        raise MissingInput(f"'{data}' holds no labels of MiniWorld "
                           '(lidarseg/VERSION): make it by '
                           '`python tools/make_miniworld.py`.')
    options = {}
    for loader in ('train', 'val', 'test'):
        dataset = f'{loader}_dataloader.dataset'
        options[f'{dataset}.data_root'] = f'{data.resolve()}/'
        options[f'{dataset}.data_prefix.pts_semantic_mask'] = (
            f'lidarseg/{labels[0]}')
    return options


def world_state(data: Path) -> dict:
    """Say what a world was made by: the generator's version and arguments.

    Args:
        data (Path): Folder of a MiniWorld.

    Returns:
        dict: JSON values; nothing for data that no generator has made.
    """
    path = data / MANIFEST
    if not path.is_file():
        return {}
    found = json.loads(path.read_text())
    return {name: found.get(name) for name in ('version', 'args')}


def study_world(data: Path) -> dict[str, str]:
    """Prepare the world of a study: one that is there is taken as it is.

    Args:
        data (Path): Folder of a MiniWorld of any size; an empty one gets that
            of the demo.

    Returns:
        dict[str, str]: See :func:`data_options`.
    """
    if not all((data / name).is_file() for name in INFOS):
        prepare_data(data)
    return data_options(data)
