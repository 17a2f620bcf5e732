"""What ids of labels can be, as a file has them."""
import warnings

import numpy as np

from ...errors import BadInput

_warned: set[bytes] = set()


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
