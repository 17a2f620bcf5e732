"""Load the points of scans whose info names their format."""
import math

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS
from mmdet3d.structures.points import LiDARPoints

from ...errors import BadInput
from ..scans import require_finite, require_plausible
from .array_file import load_array
from .intensity_range import check_intensity
from .lidar_points import LoadLidarPoints
from .moved import LOADED

# What has more is more likely transposed.
_MOST_COLUMNS = 32


@TRANSFORMS.register_module()
class LoadFolderPoints(BaseTransform):
    """Load x, y, z and intensity of a scan of ``LidarSegFolderDataset``.

    Intensities are brought to 0 to 255, as ``LoadLidarPoints`` has them;
    where their range is not known, they are 0.

    Required Keys:

    - lidar_points (dict)

        - lidar_path (str): ``.bin``, rows of float32, or ``.npy``.
        - num_pts_feats (int): Columns of a ``.bin`` file.
        - max_intensity (float, optional): Largest intensity.
        - intensity_path (str, optional): ``.npy`` with the intensities;
          column 3 if None.

    Added Keys:

    - points (:obj:`LiDARPoints`), (N, 4) float32.

    Args:
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: No such file.
        BadInput: The file is incomplete, has too few columns, or holds
            values that are not finite.
    """
    cache_neutral = True

    def __init__(self, backend_args: dict | None = None) -> None:
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        table = self._load_table(results)
        intensities = self._intensities(table, results['lidar_points'])
        points = np.hstack([table[:, :3], intensities]).astype(np.float32)
        path = results['lidar_points']['lidar_path']
        if len(points) == 0:
            raise BadInput(f"The point cloud '{path}' has no points.")
        require_finite(points, path)
        check_intensity(points[:, 3], path,
                        255 / (results['lidar_points']['max_intensity'] or 1))
        results['points'] = LiDARPoints(torch.from_numpy(points), points_dim=4)
        results[LOADED] = results['points'].tensor[:, :3].clone()
        return results

    def _load_table(self, results: dict) -> np.ndarray:
        """Load the (N, C) values of the scan."""
        path = results['lidar_points']['lidar_path']
        columns = results['lidar_points']['num_pts_feats']
        if not path.endswith('.npy'):
            if columns is None or not path.endswith('.bin'):
                raise BadInput(f"'{path}' is of a layout of your own: load "
                               'its points by LoadScanPoints and its labels '
                               'by LoadScanLabels.')
            loader = LoadLidarPoints(
                load_dim=columns,
                use_dim=columns,
                backend_args=self.backend_args)
            return loader.read_rows(path)
        table = self._load_numbers(path)
        if table.ndim != 2 or table.shape[1] < 3:
            raise BadInput(f"The point cloud '{path}' holds an array "
                           f'{table.shape}; (N, 3 or more) is needed.')
        if table.shape[0] < table.shape[1] > _MOST_COLUMNS:
            raise BadInput(
                f"The point cloud '{path}' holds an array {table.shape}, "
                'which seems to have its points in columns: save its '
                'transpose, (N, 3 or more).')
        # Before float32 cuts them.
        require_plausible(table[:, :3], path)
        return table

    def _load_numbers(self, path: str) -> np.ndarray:
        array = load_array(path, self.backend_args)
        if array.dtype.kind not in 'fiu':
            raise BadInput(f"'{path}' holds an array {array.shape} of "
                           f'{array.dtype}; real numbers are needed.')
        return array

    def _intensities(self, table: np.ndarray, info: dict) -> np.ndarray:
        """Return the intensities (N, 1), from 0 to 255."""
        if info['max_intensity'] is None:
            return np.zeros((len(table), 1))
        if not 0 < info['max_intensity'] < math.inf:
            raise BadInput('max_intensity is the largest intensity of '
                           f"'{info['lidar_path']}' (1, 255), not "
                           f"{info['max_intensity']}.")
        values, source = table[:, 3:4], info['lidar_path']
        if info['intensity_path'] is not None:
            source = info['intensity_path']
            values = self._load_numbers(source).reshape(-1, 1)
        if values.shape != (len(table), 1):
            raise BadInput(f"'{source}' holds {values.size} intensities "
                           f'for {len(table)} points.')
        return values * (255 / info['max_intensity'])

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
