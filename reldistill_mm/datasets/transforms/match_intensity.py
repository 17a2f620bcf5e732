"""Give intensities the distribution of another sensor's."""
from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from ..scans.intensity import FULL


@TRANSFORMS.register_module()
class MatchIntensity(BaseTransform):
    """Map intensities of one sensor to those of another, by quantiles.

    What is as bright as a share of the points of the one becomes what is as
    bright as that share of the other. ``tools/compare_data.py`` prints both.

    Required Keys:

    - points (:obj:`BasePoints`), intensity in column 3, 0 to 255

    Modified Keys:

    - points

    Args:
        source (Sequence[float]): Q quantiles at even shares, from the least
            to the largest intensity, of the clouds as they are.
        target (Sequence[float]): Q quantiles that they shall have.

    Raises:
        BadInput: They are not two rising lists of one length from 0 to 255.
    """
    random, cache_neutral = False, True

    def __init__(self, source: Sequence[float],
                 target: Sequence[float]) -> None:
        self.source = _quantiles(source, 'source')
        self.target = _quantiles(target, 'target')
        if len(self.source) != len(self.target):
            raise BadInput(f'MatchIntensity has {len(self.source)} quantiles '
                           f'of the source and {len(self.target)} of the '
                           'target: give as many.')
        # Of shares with one intensity, the middle is taken.
        self._from = np.unique(self.source)
        self._to = np.array([
            np.median(self.target[self.source == value])
            for value in self._from
        ])

    def transform(self, results: dict) -> dict:
        values = results['points'].tensor[:, 3]
        mapped = np.interp(values.numpy(), self._from, self._to)
        values.copy_(torch.from_numpy(mapped.astype(np.float32)))
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(source={self.source.tolist()}, '
                f'target={self.target.tolist()})')


def _quantiles(values: Sequence[float], name: str) -> np.ndarray:
    try:
        found = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f'{name} of MatchIntensity is not a list of numbers '
                       f'({error}).') from error
    if (found.ndim != 1 or len(found) < 2 or not np.isfinite(found).all()
            or (np.diff(found) < 0).any() or found.min() < 0
            or found.max() > FULL):
        raise BadInput(
            f'{name}={list(values)!r:.80} of MatchIntensity is not a rising '
            'list of at least two intensities from 0 to 255, as '
            'tools/compare_data.py prints it.')
    return found
