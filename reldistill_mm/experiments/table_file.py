"""What ``projects/MethodTable`` leaves behind, for studies of its students."""
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from ..errors import BadInput, MissingInput
from .records import read_json
from .train_once import CONFIG, DONE, WORK_DIR


def read_table(path: Path) -> dict:
    """Read MethodTable's ``results.json``.

    Raises:
        MissingInput, BadInput: It is not there, or something else.
    """
    if not path.is_file():
        raise MissingInput(
            f"'{path}' does not exist: run projects/MethodTable/run.py first, "
            'and give its results.json as --table.')
    table = read_json(path)
    if not isinstance(table, dict) or 'methods' not in table:
        raise BadInput(f"'{path}' is not a table of methods: give the "
                       'results.json that projects/MethodTable/run.py wrote.')
    return table


def checkpoint_of(folder: Path, seed: int) -> str:
    """Path of the checkpoint of a method and a seed."""
    run = folder / f'seed{seed}'
    return str(run / WORK_DIR / read_json(run / DONE)['checkpoint'])


def table_students(path: Path, methods: Sequence[str], seeds: Sequence[int],
                   data: Path) -> dict[str, str]:
    """Find the students that a table was made of.

    Args:
        path (Path): MethodTable's ``results.json``; the runs lie beside it.
        methods (Sequence[str]): Methods.
        seeds (Sequence[int]): Seeds of each.
        data (Path): Folder of the data that they must have been trained on.

    Returns:
        dict[str, str]: Method to checkpoint, with ``{seed}``.

    Raises:
        MissingInput: A method or a run is not there.
        BadInput: Not such a file, or the students learned from other data.
    """
    known = read_table(path)['methods']
    found = {}
    for method in methods:
        if method not in known:
            raise MissingInput(
                f"The table '{path}' has no row '{method}', it has "
                f'{list(known)}: run projects/MethodTable/run.py with it.')
        folder = path.parent / known[method]['same_as']
        for seed in seeds:
            run = folder / f'seed{seed}'
            if not (run / DONE).is_file():
                raise MissingInput(
                    f"There is no finished training in '{run}': run "
                    f'projects/MethodTable/run.py --methods {method} --seeds '
                    f'{" ".join(map(str, seeds))} first.')
            _require_data(run / CONFIG, data)
        name = Path(checkpoint_of(folder, seeds[0])).name
        found[method] = str(folder / 'seed{seed}' / WORK_DIR / name)
    return found


def _require_data(config: Path, data: Path) -> None:
    root = Config.fromfile(config).train_dataloader.dataset.data_root
    if Path(root).resolve() != data.resolve():
        raise BadInput(f"The student of '{config}' learned from '{root}', not "
                       f"from '{data}': name that folder by --data, or "
                       'another table.')
