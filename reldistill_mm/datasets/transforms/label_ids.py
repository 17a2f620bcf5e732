"""What ids of labels can be, as a file has them."""
import warnings

import numpy as np

from ...errors import BadInput

_warned: set[bytes] = set()
# A file of fewer kinds of things shows nothing of a numbering.
_FEWEST_CLASSES = 3
# Of raw ids, hardly any is not of a class.
_MOST_KNOWN = 0.9


def require_ids(raw: np.ndarray, path: str, wrapped: bool) -> None:
    """Refuse labels that a conversion would change without a word.

    Args:
        raw (np.ndarray): (N,) labels of any dtype.
        path (str): Their file.
        wrapped (bool): Whether a remainder is taken of them, which would
            make negative ids positive.

    Raises:
        BadInput: They are not integers, or below -1.
    """
    if raw.dtype.kind not in 'iu':
        strange = raw
        if raw.dtype.kind == 'f':
            strange = raw[~np.isfinite(raw) | (raw % 1 != 0)]
        example = f' ({(strange if strange.size else raw)[0]}, say)'
        raise BadInput(
            f"The label file '{path}' holds {raw.dtype} values"
            f'{example if raw.size else ""}, and labels are integers: save '
            'the ids as an integer type.')
    # -1 marks points without a class (in Waymo's folders, say), and the
    # remainder makes it the highest id, which no class has.
    if wrapped and raw.size and raw.min() < -1:
        raise BadInput(
            f"The label file '{path}' holds the negative label {raw.min()}: "
            'give points without a class -1 or an id that no class has.')


def warn_if_none_known(labels: np.ndarray, raw: np.ndarray,
                       results: dict) -> None:
    """Warn once where all points of a file are ignored.

    Args:
        labels (np.ndarray): (N,) training labels.
        raw (np.ndarray): (N,) ids in the file.
        results (dict): The sample; its table maps the ids.
    """
    table = results['seg_label_mapping']
    key = table.tobytes()
    if not len(labels) or key in _warned or (labels != labels[0]).any():
        return
    # Tables map most ids to the one label that is ignored.
    values, counts = np.unique(table, return_counts=True)
    if labels[0] != values[counts.argmax()] or counts.max() < 2:
        return
    _warned.add(key)
    ids = np.unique(raw)[:5].tolist()
    warnings.warn(
        f"'{results['pts_semantic_mask_path']}' labels no point with a class "
        f'of the dataset (its ids: {ids}): all are ignored. If others are '
        "so, too, check pts_semantic_mask and the dataset's label ids.")


def refuse_training_ids(raw: np.ndarray, results: dict) -> None:
    """Refuse a file whose ids have been mapped to training classes before.

    Raw ids of SemanticKITTI and nuScenes reach far beyond the number of
    classes, and what is most of a street (road, buildings, vegetation) has
    those that do; many of the training ids are not the raw id of a class.
    Datasets whose ids are about as many as their classes are not judged.

    Args:
        raw (np.ndarray): (N,) ids in the file, within the table.
        results (dict): The sample; its table maps the ids.

    Raises:
        BadInput: They are training ids.
    """
    table = results['seg_label_mapping']
    known = np.flatnonzero(table != _ignored(table))
    classes = len(set(table[known].tolist()))
    # Ignored points have 0, or the 255 of training.
    if not ((raw <= classes) | (raw == 255)).all():
        return
    mapped = (raw > 0) & (raw <= classes)
    if mapped.mean() <= 0.5 or (known > classes).mean() < 0.5:
        return
    if _share_known(raw[mapped], table) > _MOST_KNOWN:
        return
    ids = np.unique(raw[mapped])
    if len(ids) < _FEWEST_CLASSES:
        return
    raise BadInput(
        f"'{results['pts_semantic_mask_path']}' holds the ids {ids[0]} to "
        f'{ids[-1]}, which are training ids, and the raw ids of this dataset '
        f'reach {known[-1]}: give the labels as the dataset has them, or a '
        'seg_label_mapping (metainfo) of your ids.')


def refuse_swapped(raw: np.ndarray, read: np.ndarray, results: dict,
                   period: int | None) -> None:
    """Refuse labels of the other byte order.

    Args:
        raw (np.ndarray): (N,) ids, within the table.
        read (np.ndarray): (N,) values as they were read.
        results (dict): The sample; its table maps the ids.
        period (int, optional): Divisor of the values, whose remainder is the
            id.

    Raises:
        BadInput: Most ids belong to classes once the bytes are swapped, and
            almost none before.
    """
    if read.dtype.itemsize < 2 or not len(read):
        return
    table = results['seg_label_mapping']
    share = _share_known(raw, table)
    if share > 0.1:
        return
    swapped = read.byteswap().astype(np.int64)
    swapped = swapped % period if period else swapped
    if _share_known(swapped, table) > max(0.5, 5 * share):
        raise BadInput(
            f"'{results['pts_semantic_mask_path']}' is of the other byte "
            f'order: its ids ({np.unique(raw)[:3].tolist()}, ...) are those '
            'of classes once their bytes are swapped. Write it again by '
            "NumPy's byteswap().tofile().")


def _share_known(ids: np.ndarray, table: np.ndarray) -> float:
    """Share of ids that a table maps to a class."""
    ids = ids[(ids >= 0) & (ids < len(table))]
    return float((table[ids] != _ignored(table)).mean()) if len(ids) else 0.


def _ignored(table: np.ndarray) -> int:
    """The label to which a table maps most ids, since none claims them."""
    return int(np.bincount(table).argmax())
