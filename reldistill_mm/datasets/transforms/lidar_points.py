"""Load clouds; refuse incomplete files."""
import numpy as np
from mmdet3d.datasets.transforms import LoadPointsFromFile
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput, MissingInput
from ...io.remote import read_bytes
from ..scans import (refuse_no_rows, require_columns, require_finite,
                     require_plausible)
from .intensity_range import check_intensity, usable_factor
from .moved import LOADED


@TRANSFORMS.register_module()
class LoadLidarPoints(LoadPointsFromFile):
    """``LoadPointsFromFile`` that checks the file and scales intensity.

    Required Keys:

    - lidar_points (dict)

        - lidar_path (str)

    Added Keys:

    - points (:obj:`LiDARPoints`), float32, metres and scaled intensity.

    Args:
        intensity_scale (float): Factor on column 3, so that intensities of
            different sensors share a range: 0 to 255, in which they vary
            about as much as coordinates do in metres (255 for KITTI's 0 to
            1). Defaults to 1.
        kwargs: Arguments of ``LoadPointsFromFile``.

    Raises:
        MissingInput: No such file.
        BadInput: The file holds no points, a part of a point, values that
            are not finite or no LiDAR measures, another number of columns,
            another format, or intensities that
            are not from 0 to 255 once they are scaled.
    """
    cache_neutral = True

    def __init__(self,
                 coord_type: str = 'LIDAR',
                 intensity_scale: float = 1.0,
                 **kwargs) -> None:
        super().__init__(coord_type=coord_type, **kwargs)
        if self.norm_intensity:
            raise BadInput('norm_intensity=True squeezes intensities by tanh, '
                           'and the models have 0 to 255: leave it out, and '
                           'give intensity_scale=255 for those from 0 to 1.')
        self.intensity_scale = usable_factor(intensity_scale)
        if intensity_scale != 1 and self.load_dim < 4:
            raise BadInput(f'intensity_scale={intensity_scale} needs '
                           'intensities in column 3, and load_dim='
                           f'{self.load_dim} reads none.')

    def _load_points(self, pts_filename: str) -> np.ndarray:
        """Load, check and scale the points (N, load_dim) float32."""
        points = self.read_rows(pts_filename)
        require_finite(points[:, self.use_dim], pts_filename)
        if self.intensity_scale != 1:
            points = points.copy()
            points[:, 3] *= self.intensity_scale
        if 3 in self.use_dim:
            check_intensity(points[:, 3], pts_filename, self.intensity_scale)
        return points

    def read_rows(self, pts_filename: str) -> np.ndarray:
        """Read the rows (N, load_dim) float32 of a file as they are."""
        try:
            content = read_bytes(pts_filename, self.backend_args)
            refuse_no_rows(content, pts_filename)
            points = np.frombuffer(content, np.float32)
        except MissingInput as error:
            raise MissingInput(
                f"The point cloud '{pts_filename}' does not exist; check "
                'data_root and data_prefix.pts.') from error
        except BadInput:
            raise
        except ValueError as error:
            raise BadInput(
                f"The point cloud '{pts_filename}' is not a file of float32 "
                f'values ({error}); it may be truncated, copy it again.'
            ) from error
        if points.size == 0 or points.size % self.load_dim:
            raise BadInput(
                f"The point cloud '{pts_filename}' holds {points.size} "
                f'values, not a multiple of load_dim={self.load_dim}: it is '
                'truncated (copy it again) or has another number of columns '
                '(set load_dim).')
        # Whatever use_dim takes: a wrong number spoils every column.
        require_columns(points, self.load_dim, pts_filename)
        points = points.reshape(-1, self.load_dim)
        require_plausible(points[:, :3], pts_filename)
        return points

    def transform(self, results: dict) -> dict:
        """Load the points, and keep their positions for the pairing."""
        results = super().transform(results)
        results[LOADED] = results['points'].tensor[:, :3].clone()
        return results
