"""Give every point one intensity."""
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from ..scans.intensity import FULL


@TRANSFORMS.register_module()
class SetIntensity(BaseTransform):
    """Give every point one intensity, where those of two sensors differ.

    A model that is to be used so should be trained so.

    Required Keys:

    - points (:obj:`BasePoints`)

    Modified Keys:

    - points

    Args:
        value (float): The intensity, 0 to 255.

    Raises:
        BadInput: It is no such number.
    """
    random, cache_neutral = False, True

    def __init__(self, value: float) -> None:
        if not 0 <= value <= FULL:
            raise BadInput(f'SetIntensity(value={value}) is not from 0 to '
                           '255.')
        self.value = float(value)

    def transform(self, results: dict) -> dict:
        results['points'].tensor[:, 3] = self.value
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(value={self.value})'
