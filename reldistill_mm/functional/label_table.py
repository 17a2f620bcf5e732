"""Map raw label ids of a dataset to training labels."""
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import BadInput
from .closest import closest

# SemanticKITTI's: the lower 16 bits of a label are the class, the upper 16 the
# instance.
NUM_KITTI_IDS = 1 << 16


def label_table(raw_ids: Mapping[str, Sequence[int]], classes: Sequence[str],
                ignore_index: int, size: int) -> np.ndarray:
    """Make a look-up table; every id that no class claims is ignored.

    Args:
        raw_ids (Mapping[str, Sequence[int]]): Class name to its raw ids.
        classes (Sequence[str]): K names in label order.
        ignore_index (int): Label of all other ids.
        size (int): Number of raw ids that a file can hold, 256 for uint8.

    Returns:
        np.ndarray: (size,) int64.

    Raises:
        BadInput: No class, an unknown one or one twice, an id outside the
            table or in two classes, or ``ignore_index`` is the label of a
            class.

    Example:
        >>> raw_ids = dict(car=[3], bus=[1, 2])
        >>> label_table(raw_ids, ['bus', 'car'], ignore_index=9, size=5)
        array([9, 0, 0, 1, 9])
    """
    check_classes(classes, list(raw_ids))
    if 0 <= ignore_index < len(classes):
        raise BadInput(
            f"ignore_index={ignore_index} is the label of the class "
            f"'{classes[ignore_index]}', which unknown ids would become: use "
            f'{len(classes)} or 255.')
    table = np.full(size, ignore_index, np.int64)
    owner = np.full(size, -1)
    for label, name in enumerate(classes):
        ids = np.asarray(raw_ids[name], np.int64)
        if ((ids < 0) | (ids >= size)).any():
            raise BadInput(f"Class '{name}' has ids {ids.tolist()} outside "
                           f'[0, {size}).')
        taken = [index for index in ids.tolist() if owner[index] >= 0]
        if taken:
            raise BadInput(f"The raw ids {taken} belong to both "
                           f"'{classes[owner[taken[0]]]}' and '{name}'.")
        owner[ids] = label
        table[ids] = label
    return table


def check_classes(classes: Sequence[str], known: Sequence[str]) -> None:
    """Check a choice of a dataset's classes.

    Args:
        classes (Sequence[str]): Chosen names.
        known (Sequence[str]): The dataset's names.

    Raises:
        BadInput: No class, one twice or an unknown one; the message names
            the closest.

    Example:
        >>> check_classes(['car'], ['car', 'bus'])
    """
    if isinstance(classes, str) or not classes:
        raise BadInput(f'metainfo.classes={classes!r} is not a list of class '
                       f'names; the dataset has {list(known)}.')
    for name in classes:
        if name not in known:
            raise BadInput(f"Unknown class '{name}' in metainfo.classes; the "
                           f'dataset has {list(known)}'
                           f'{closest(name, known, 1)}')
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if twice:
        raise BadInput(f'metainfo.classes names {twice} twice.')
