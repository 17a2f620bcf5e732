"""Subsets of a list of scans, by name."""
import re
from typing import List, Sequence, Union

import numpy as np


def select_scans(ids: Sequence[str], subset: Union[str,
                                                   List[str]]) -> np.ndarray:
    """Positions of the scans of a subset.

    ``'every_100th_scan'`` takes scans 0, 100, 200, ... of the whole list,
    across sequences: the "1 %" of SemanticKITTI in the SLidR family
    (Sautier et al., CVPR 2022).

    Args:
        ids (Sequence[str]): Ids of the N scans at hand, in order.
        subset (str | List[str]): ``'every_<n>th_scan'`` with any n, or ids.

    Returns:
        np.ndarray: (M,) int64, ascending.

    Raises:
        ValueError: Unknown subset.
    """
    if not isinstance(subset, str):
        wanted = set(subset)
        return np.array([i for i, name in enumerate(ids) if name in wanted],
                        np.int64)
    found = re.fullmatch(r'every_([1-9]\d*)(?:st|nd|rd|th)_scan', subset)
    if found is None:
        raise ValueError(f"Unknown subset of scans '{subset}'; write "
                         "'every_100th_scan' (any number), or give a list of "
                         'sample ids.')
    return np.arange(0, len(ids), int(found[1]))
