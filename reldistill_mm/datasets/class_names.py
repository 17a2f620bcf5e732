"""Classes that a config states: names, raw ids and colours."""
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import BadInput
from ..functional.street_colours import street_palette

# -1 marks points without a class; 16 bits make it this one.
_LARGEST_ID = (1 << 16) - 2


def read_classes(classes: Any, source: str) -> dict[str, tuple[int, ...]]:
    """Check a table of names to raw ids.

    Args:
        classes (Any): Name to its raw id, or to several of them, in label
            order; None for data without labels.
        source (str): Argument that holds it, for messages.

    Returns:
        dict[str, tuple[int, ...]]: Name to raw ids, empty for None.

    Raises:
        BadInput: It is not such a table, or an id is in two classes.

    Example:
        >>> read_classes(dict(car=10, road=[40, 44]), 'classes')
        {'car': (10,), 'road': (40, 44)}
    """
    if classes is None:
        return {}
    if not isinstance(classes, Mapping):
        raise BadInput(
            f'{source}={classes!r:.80} is not a table of names to raw ids: '
            f'write {source}=dict(car=10, road=[40, 44]).')
    table: dict[str, tuple[int, ...]] = {}
    owners: dict[int, str] = {}
    for name, ids in classes.items():
        ids = tuple(ids) if isinstance(
            ids, Sequence) and not isinstance(ids, str) else (ids, )
        for each in ids:
            if (not isinstance(each, int) or isinstance(each, bool)
                    or not 0 <= each <= _LARGEST_ID):
                raise BadInput(
                    f"{source}['{name}'] has the id {each!r}: raw ids are "
                    f'whole numbers from 0 to {_LARGEST_ID}, as the label '
                    'files have them.')
            if owners.setdefault(each, name) != name:
                raise BadInput(f"{source} gives the raw id {each} to both "
                               f"'{owners[each]}' and '{name}'.")
        if not ids:
            raise BadInput(f"{source}['{name}'] has no id: no point would be "
                           'of this class.')
        table[str(name)] = ids
    return table


def own_metainfo(classes: Sequence[str]) -> dict[str, Any]:
    """``METAINFO``, as mmdet3d's base asks for it, of one dataset's classes.

    Args:
        classes (Sequence[str]): K names in label order; may be empty.
    """
    labels = tuple(range(len(classes)))
    return dict(
        classes=tuple(classes),
        palette=street_palette(list(classes)).tolist(),
        seg_valid_class_ids=labels,
        seg_all_class_ids=labels)


def check_palette(metainfo: Mapping[str, Any]) -> None:
    """Check that there is a colour for each class, or no palette.

    Args:
        metainfo (Mapping): ``classes``, and ``palette`` or not.

    Raises:
        BadInput: There are more or fewer.
    """
    palette = metainfo.get('palette')
    if palette is not None and len(palette) != len(metainfo['classes']):
        raise BadInput(f'metainfo.palette has {len(palette)} colours for '
                       f"{len(metainfo['classes'])} classes.")
