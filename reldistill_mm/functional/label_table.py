"""Map raw label ids of a dataset to training labels."""
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import BadInput


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
        BadInput: An unknown class, one named twice, an id outside the table
            or in two classes, or ``ignore_index`` is the label of a class.

    Example:
        >>> raw_ids = dict(car=[3], bus=[1, 2])
        >>> label_table(raw_ids, ['bus', 'car'], ignore_index=9, size=5)
        array([9, 0, 0, 1, 9])
    """
    classes = list(classes)
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if twice:
        raise BadInput(f'The classes {twice} are named more than once in '
                       f'{classes}.')
    if 0 <= ignore_index < len(classes):
        raise BadInput(
            f"ignore_index={ignore_index} is the label of the class "
            f"'{classes[ignore_index]}', which unknown ids would become: use "
            f'{len(classes)} or 255.')
    table = np.full(size, ignore_index, np.int64)
    owner = np.full(size, -1)
    for label, name in enumerate(classes):
        if name not in raw_ids:
            raise BadInput(f"Unknown class '{name}'; the dataset has "
                           f'{list(raw_ids)}.')
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
