"""Check that a cloud has as many columns as the model's data had."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...io.remote import read_bytes
from ..scans import require_columns


@TRANSFORMS.register_module()
class CheckPointColumns(BaseTransform):
    """Refuse a ``.bin`` file that mmdet3d's loader has read wrongly.

    ``LoadPointsFromFile`` cuts any file into rows of ``load_dim`` values that
    divides by it: 100 points of KITTI into 80 of nuScenes. Exported models
    have this step behind it; ``LoadLidarPoints`` checks by itself.

    Required Keys:

    - points (:obj:`BasePoints`)
    - lidar_points (dict, optional): ``lidar_path``; without it nothing is
      checked.

    Args:
        load_dim (int): Columns that the file was read with.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        BadInput: The file seems to have another number of columns.
    """
    cache_neutral = True

    def __init__(self,
                 load_dim: int,
                 backend_args: dict | None = None) -> None:
        self.load_dim = load_dim
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        path = results.get('lidar_points', {}).get('lidar_path')
        tensor = results['points'].tensor
        # The file is read again only where something looks wrong.
        if (path is not None and tensor.shape[1] > 3 and bool(
            (tensor[:, 3] < 0).any())):
            content = read_bytes(path, self.backend_args)
            require_columns(
                np.frombuffer(content, np.float32), self.load_dim, path)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(load_dim={self.load_dim})'
