"""Turn every camera by a fixed angle, for studies of wrong calibrations."""
import zlib

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput


@TRANSFORMS.register_module()
class TurnCalibration(BaseTransform):
    """Pretend that each camera looks a little elsewhere than it does.

    Each camera is turned about its own centre by one angle, about an axis that
    its name and the seed decide: the same in every keyframe, as a wrong
    calibration is. Goes in front of :class:`PairPointsWithPixels`. A teacher
    cache that is built with it is read without it: the files belong to the
    keyframes as they are. Source: ours.

    Required Keys: images (dict), camera name to ``lidar2cam`` (4, 4)

    Modified Keys: images; what else says where a camera is (``cam2ego``,
    ``lidar2img``) is left out, since it would contradict.

    Args:
        degrees (float): Angle, 0 or more.
        seed (int): Decides the axes. Defaults to 0.

    Raises:
        BadInput: The angle is negative or not finite.
    """
    needs_cameras = True
    random = False

    def __init__(self, degrees: float, seed: int = 0) -> None:
        if not 0 <= degrees < 180:
            raise BadInput(f'TurnCalibration.degrees={degrees} must be from 0 '
                           'to less than 180.')
        self.degrees, self.seed = degrees, seed

    def transform(self, results: dict) -> dict:
        results['images'] = {
            name: self._turned(name, camera)
            for name, camera in results['images'].items()
        }
        return results

    def _turned(self, name: str, camera: dict) -> dict:
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        axis = rng.normal(size=3)
        turn = np.eye(4)
        turn[:3, :3] = rotation(axis / np.linalg.norm(axis),
                                np.radians(self.degrees))
        camera = {
            key: value
            for key, value in camera.items()
            if key not in ('cam2ego', 'lidar2img')
        }
        camera['lidar2cam'] = turn @ np.asarray(camera['lidar2cam'],
                                                np.float64)
        return camera

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(degrees={self.degrees}, '
                f'seed={self.seed})')


def rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    """Rotation matrix (3, 3) about a unit axis (3,) by radians (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return (np.eye(3) + np.sin(angle) * cross +
            (1 - np.cos(angle)) * cross @ cross)
