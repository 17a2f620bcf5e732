"""Move clouds up or down."""
import math

from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput


@TRANSFORMS.register_module()
class ShiftHeight(BaseTransform):
    """Move clouds up or down, as if the sensor were mounted elsewhere.

    Comes after the pairing, as all that moves points.

    Required Keys:

    - points (:obj:`BasePoints`)

    Modified Keys:

    - points

    Args:
        metres (float): Added to z. A sensor that is 0.5 m higher than that of
            the training sees all things 0.5 m lower, and needs 0.5.

    Raises:
        BadInput: It is not a number of metres between -20 and 20.
    """
    random, moves, cache_neutral = False, True, True

    def __init__(self, metres: float) -> None:
        if not (math.isfinite(metres) and abs(metres) <= 20):
            raise BadInput(f'ShiftHeight(metres={metres}) is not a height in '
                           'metres, at most 20.')
        self.metres = float(metres)

    def transform(self, results: dict) -> dict:
        results['points'].tensor[:, 2] += self.metres
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(metres={self.metres})'
