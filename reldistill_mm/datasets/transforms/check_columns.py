"""Check that a cloud has as many columns as the model's data had."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...io.remote import read_bytes
from ..scans import refuse_no_rows, require_columns, require_plausible


@TRANSFORMS.register_module()
class CheckPointColumns(BaseTransform):
    """Refuse a ``.bin`` file that mmdet3d's loader has read wrongly.

    ``LoadPointsFromFile`` cuts any file into rows of ``load_dim`` values that
    divides by it: 100 points of KITTI into 80 of nuScenes. Exported models
    have this step after it; ``LoadLidarPoints`` checks by itself.

    Required Keys:

    - points (:obj:`BasePoints`)
    - lidar_points (dict, optional): ``lidar_path``; without it nothing is
      checked.

    Args:
        load_dim (int): Columns that the file was read with.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        BadInput: The file seems to have another number of columns, or is of
            another format.
    """
    cache_neutral = True

    def __init__(self,
                 load_dim: int,
                 backend_args: dict | None = None) -> None:
        self.load_dim = load_dim
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        path = results.get('lidar_points', {}).get('lidar_path')
        # Read again, since use_dim may have left out what tells.
        if path is not None:
            content = read_bytes(path, self.backend_args)
            refuse_no_rows(content, path)
            values = np.frombuffer(content, np.float32)
            require_columns(values, self.load_dim, path)
            require_plausible(values.reshape(-1, self.load_dim)[:, :3], path)
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(load_dim={self.load_dim})'
