"""Scale intensities from another sensor's range."""
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from .intensity_range import check_intensity, usable_factor


@TRANSFORMS.register_module()
class ScaleIntensity(BaseTransform):
    """Multiply column 3 of the points.

    Does after mmdet3d's own loaders what ``LoadLidarPoints(intensity_scale=
    ...)`` does.

    Required Keys:

    - points (:obj:`BasePoints`)

    Modified Keys:

    - points

    Args:
        factor (float): Factor, e.g. 255 for intensities from 0 to 1.

    Raises:
        BadInput: The factor is not a positive number, or the result does not
            range from 0 to 255.
    """
    random, cache_neutral = False, True

    def __init__(self, factor: float) -> None:
        self.factor = usable_factor(factor)

    def transform(self, results: dict) -> dict:
        values = results['points'].tensor[:, 3]
        values *= self.factor
        path = results.get('lidar_points', {}).get('lidar_path', 'points')
        check_intensity(values.numpy(), path, self.factor)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(factor={self.factor})'
