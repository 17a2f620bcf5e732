"""A layout that a config states, for a folder of one's own."""
from collections.abc import Mapping
from typing import Any

from ...errors import BadInput
from ...functional.closest import closest
from ..class_names import read_classes
from .layout import Layout

_KEYS = ('classes', 'scan', 'label', 'splits', 'columns', 'intensity',
         'label_field')
_FIELDS = ('sequence', 'name')
_EXAMPLE = ("layout=dict(classes=dict(car=1, road=[2, 3]), "
            "scan='points/{name}.bin', label='labels/{name}.label', "
            "splits=dict(train='train.txt', val='val.txt'))")


def read_layout(table: Any) -> Layout:
    """Check the table of a layout.

    Args:
        table (Mapping): ``classes`` (name to raw id, or several), ``scan``
            and ``label`` (paths below the data's root, with ``{name}`` and,
            where there are folders, ``{sequence}``; the same for labels that
            are a field of the scan), ``splits`` (split to a list of sequences,
            of names of scans where ``scan`` has no ``{sequence}``, each with
            ``*`` for any, or to a text file with one scan a line), and
            optionally ``columns`` (of ``.bin`` files), ``intensity`` (the
            largest) and ``label_field``.

    Returns:
        Layout: The layout.

    Raises:
        BadInput: A key is missing, unknown or of another kind.
    """
    if not isinstance(table, Mapping):
        raise BadInput(f'layout={table!r} is neither the name of a layout nor '
                       f'a table of your own: write {_EXAMPLE}.')
    for key in table:
        if key not in _KEYS:
            raise BadInput(f"layout has the key '{key}', which nothing reads"
                           f'{closest(key, _KEYS, 1)}')
    missing = [key for key in _KEYS[:4] if not table.get(key)]
    if missing:
        raise BadInput(f'layout lacks {missing}: write {_EXAMPLE}.')
    for key in ('scan', 'label'):
        _check_path(key, table[key])
    if ('{sequence}' in table['label']) and '{sequence}' not in table['scan']:
        raise BadInput(f"layout.label='{table['label']}' has a {{sequence}} "
                       f"that layout.scan='{table['scan']}' does not have.")
    largest = table.get('intensity')
    if largest is not None and not (isinstance(largest,
                                               (int, float)) and largest > 0):
        raise BadInput(f'layout.intensity={largest!r} is not the largest '
                       'intensity of the sensor (1, 255); leave it out to '
                       'find it by the first scan.')
    columns = table.get('columns')
    if columns is not None and not (isinstance(columns, int) and columns > 2):
        raise BadInput(f'layout.columns={columns!r} is not the number of '
                       "columns of the scans' .bin files, at least 3.")
    return Layout(
        source='"Labels of your own" in docs/own_data.md',
        classes=read_classes(table['classes'], 'layout.classes'),
        scan=table['scan'],
        label=table['label'],
        splits=_splits(table['splits']),
        columns=columns,
        intensity=largest,
        label_field=table.get('label_field'),
        own=True)


def _check_path(key: str, path: Any) -> None:
    """Refuse a path that is not one for each scan."""
    try:
        filled = path.format(sequence='s', name='n')
    except (AttributeError, LookupError, ValueError) as error:
        raise BadInput(f'layout.{key}={path!r} is not a path with {{name}} '
                       f'and {{sequence}} alone ({error!r}).') from error
    if '{name}' not in path or filled.startswith('/'):
        raise BadInput(f"layout.{key}='{path}' must hold {{name}}, the name "
                       'of the scan, and lie below data_root.')


def _splits(splits: Any) -> dict[str, str | tuple[str, ...]]:
    if not isinstance(splits, Mapping):
        raise BadInput(f'layout.splits={splits!r} is not a table: write '
                       "splits=dict(train='train.txt', val=['night_*']).")
    found: dict[str, str | tuple[str, ...]] = {}
    for name, chosen in splits.items():
        listed = isinstance(chosen, (list, tuple)) and chosen and all(
            isinstance(each, str) for each in chosen)
        if not listed and not (isinstance(chosen, str) and chosen):
            raise BadInput(
                f'layout.splits.{name}={chosen!r} is neither a list of names '
                "(['00', 'night_*']) nor a text file with one scan a line.")
        found[name] = chosen if isinstance(chosen, str) else tuple(chosen)
    return found
