"""Let the teacher see only some of the cameras."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput


@TRANSFORMS.register_module()
class SampleCameras(BaseTransform):
    """Keep a random subset of the cameras and their pairs.

    The teacher's cost falls in proportion, and over the epochs every camera
    has its turn. Comes after :class:`PairPointsWithPixels`; visibility stays
    that of all cameras.

    Required Keys: camera_imgs, img_shapes, img_path, camera_names, pairs

    Modified Keys: the same; the pairs' cameras are renumbered.

    Args:
        num_cameras (int): Number of cameras to keep; all if there are fewer.
    """
    needs_cameras = random = True

    def __init__(self, num_cameras: int) -> None:
        if num_cameras < 1:
            raise BadInput(f'num_cameras must be positive, got {num_cameras}.')
        self.num_cameras = num_cameras

    def transform(self, results: dict) -> dict:
        total = len(results['camera_imgs'])
        count = min(self.num_cameras, total)
        chosen = np.sort(np.random.permutation(total)[:count])
        number = np.full(total, -1, np.int64)
        number[chosen] = np.arange(count)
        for key in ('camera_imgs', 'img_shapes', 'img_path', 'camera_names'):
            results[key] = [results[key][camera] for camera in chosen]
        pairs = results['pairs']
        pairs = pairs._replace(camera=number[pairs.camera])
        results['pairs'] = pairs.select(pairs.camera >= 0)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(num_cameras={self.num_cameras})'
