"""Values that are checked wherever a config gives them by that name."""
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ..errors import BadInput
from ..functional.closest import closest
from ..functional.hints import fits

_SWITCHES = ('allow_partial', 'resume', 'enable', 'deterministic',
             'diff_rank_seed', 'cudnn_benchmark', 'persistent_workers',
             'pin_memory', 'drop_last', 'find_unused_parameters', 'use_lidar',
             'use_camera')
_TEXTS = 'checkpoint_key', 'load_from', 'teacher_cache_root', 'work_dir'


class _Number(NamedTuple):
    """A number that is checked wherever it has this name."""
    holds: Callable[[int], bool]
    wanted: str


_POSITIVE = _Number(lambda value: value > 0, 'a positive whole number')
_NOT_NEGATIVE = _Number(lambda value: value >= 0, 'a whole number from 0 on')
_NUMBERS = dict(
    batch_size=_POSITIVE,
    num_workers=_NOT_NEGATIVE,
    val_interval=_POSITIVE,
    accumulative_counts=_POSITIVE,
    max_epochs=_Number(
        _POSITIVE.holds, f'{_POSITIVE.wanted} (to test without '
        'training, take tools/test.py)'),
    max_iters=_POSITIVE,
    seed=_Number(lambda value: 0 <= value < 2**32,
                 'a whole number from 0 to 2 ** 32 - 1, or None'),
)
# These may be quotients, 8.0 too, which mmengine takes.
_QUOTIENTS = 'val_interval', 'max_epochs', 'max_iters'
# A number of these names is only checked in these dicts.
_PLACES = ('randomness', 'train_cfg', 'optim_wrapper', 'train_dataloader',
           'val_dataloader', 'test_dataloader')


def check_switches(name: str, part: Mapping) -> None:
    """Refuse text for a switch: it would count as true, ``'no'`` too."""
    for key in _SWITCHES:
        if isinstance(part.get(key), str):
            raise BadInput(f'{name}{key}={part[key]!r} is a switch: give it '
                           'True or False.')


def check_texts(cfg: Mapping) -> None:
    """Refuse names that are not text, and a level that logging has not."""
    for key in _TEXTS:
        if not fits(cfg.get(key), str):
            raise BadInput(f'{key}={cfg[key]!r} is not text, which names '
                           'something: put it in quotes if it is a name.')
    levels = logging.getLevelNamesMapping()
    if cfg.get('log_level', 'INFO') not in (*levels, *levels.values()):
        raise BadInput(f"log_level={cfg['log_level']!r} is not a level"
                       f'{closest(cfg["log_level"], levels, 1)}')


def check_numbers(name: str, last: str, part: Mapping) -> None:
    """Refuse numbers out of range in the dicts that a run reads.

    Args:
        name (str): Dotted name of the dict.
        last (str): Its own name.
        part (Mapping): The dict.
    """
    if last not in _PLACES:
        return
    for key, number in _NUMBERS.items():
        value: Any = part.get(key)
        whole = fits(value,
                     int) or (key in _QUOTIENTS and isinstance(value, float)
                              and value.is_integer())
        if value is not None and not (whole and number.holds(value)):
            raise BadInput(f'{name}.{key}={value!r} is not {number.wanted}.')


def check_kinds(name: str, part: Mapping, keys: Collection[str]) -> None:
    """A name where a dict with that ``type`` is wanted, or a list of them."""
    for key in keys:
        given = part.get(key)
        for each in given if isinstance(given, (list, tuple)) else [given]:
            if isinstance(each, str):
                raise BadInput(f'{name}{key}={given!r} is text: give it '
                               f"dict(type='{each}') if that is its class.")
