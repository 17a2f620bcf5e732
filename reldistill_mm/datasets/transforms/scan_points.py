"""Load points from any format of scans, and those of earlier sweeps."""
import math
from collections.abc import Mapping

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS
from mmdet3d.structures.points import LiDARPoints

from ...errors import BadInput, MissingInput
from ...functional.sweep_motion import move_points, sweep_to_keyframe
from ...io.remote import local_file
from ..scans import Scan, read_scan, require_columns, require_plausible
from .intensity_range import usable_factor
from .moved import LOADED


@TRANSFORMS.register_module()
class LoadScanPoints(BaseTransform):
    """Load x, y, z and intensity of ``.bin``, ``.pcd``, ``.ply``, ``.npy``.

    Rows that are not finite (organised clouds have them) or kilometres away
    are left out; :class:`LoadScanLabels` leaves out their labels. The sweeps
    that the dataset has kept (``sweeps_num``) are added behind the keyframe's
    own points, in its frame. They are in no pair, since what moves was
    elsewhere when the image was taken, and have no label.

    Required Keys:

    - lidar_points (dict)

        - lidar_path (str)
        - num_pts_feats (int, optional): columns of a ``.bin`` file
        - max_intensity (float, optional): largest intensity

    - lidar_sweeps (list[dict], optional), see :func:`.sweep_to_keyframe`

    Added Keys:

    - points (:obj:`LiDARPoints`), (N, 4) float32: metres, and intensity from
      0 to 255.
    - scan_rows (np.ndarray): (M,) int64, rows of the file that its own points
      are, the first M of N; ``num_scan_rows`` (int).

    Args:
        columns (int, optional): Columns of ``.bin`` files, before the info's.
            Defaults to None, those of the info, else 5 or 4, whichever fits.
        intensity (float, optional): Intensity of every point, 0 to 255.
            Defaults to None, the file's own.
        intensity_scale (float, optional): Factor to 0 to 255, before the
            info's ``max_intensity``. Defaults to None: that, or guessed, and
            then the same for every file.
        compress_intensity (bool): Whether to take tanh of intensities
            without an upper end (Waymo's) first. Defaults to False.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: No such file.
        BadInput: See :func:`.read_scan`; or the guess differs between two
            files, or a sweep has no pose.
    """
    cache_neutral = True

    def __init__(self,
                 columns: int | None = None,
                 intensity: float | None = None,
                 intensity_scale: float | None = None,
                 compress_intensity: bool = False,
                 backend_args: dict | None = None) -> None:
        if intensity_scale is not None:
            usable_factor(intensity_scale)
        self.columns, self.intensity = columns, intensity
        self.intensity_scale = intensity_scale
        self.compress_intensity = compress_intensity
        self.backend_args = backend_args
        # Factor that was guessed first, and the file.
        self._guess: tuple[float, str] | None = None

    def transform(self, results: dict) -> dict:
        cloud = results['lidar_points']
        scan = self._read(cloud, cloud)
        parts = [scan.points]
        for sweep in results.get('lidar_sweeps') or ():
            parts.append(self._sweep(results, sweep))
        points = np.concatenate(parts) if len(parts) > 1 else scan.points
        results['points'] = LiDARPoints(torch.from_numpy(points), points_dim=4)
        results[LOADED] = results['points'].tensor[:, :3].clone()
        results['scan_rows'] = scan.rows
        results['num_scan_rows'] = scan.num_rows
        return results

    def _sweep(self, info: Mapping, sweep: Mapping) -> np.ndarray:
        """Points (N, 4) of a sweep in the keyframe's frame."""
        points = self._read(sweep['lidar_points'], info['lidar_points']).points
        try:
            pose = sweep_to_keyframe(info, sweep)
        except BadInput as error:
            raise BadInput(
                f"The sweep '{sweep['lidar_points']['lidar_path']}' of "
                f"'{info['lidar_points']['lidar_path']}' {error}.") from error
        xyz = move_points(points[:, :3], pose)
        return np.concatenate([xyz, points[:, 3:]], 1).astype(np.float32)

    def _read(self, cloud: Mapping, keyframe: Mapping) -> Scan:
        path = cloud['lidar_path']
        columns = self.columns or cloud.get('num_pts_feats',
                                            keyframe.get('num_pts_feats'))
        scale = self._scale(path, keyframe.get('max_intensity'))
        try:
            with local_file(path, self.backend_args) as here:
                scan = read_scan(
                    here,
                    columns=columns,
                    intensity=self.intensity,
                    intensity_scale=scale,
                    origin=(0., 0., 0.),
                    compress=self.compress_intensity)
                if str(path).lower().endswith('.bin'):
                    values = np.fromfile(here, '<f4')
                    require_columns(values, len(values) // scan.num_rows, path)
        except MissingInput as error:
            raise MissingInput(
                f"The point cloud '{path}' does not exist; check data_root "
                'and data_prefix.pts.') from error
        require_plausible(scan.points[:, :3], path)
        if scale is None and scan.factor is not None:
            self._keep_guess(scan.factor, path)
        return scan

    def _scale(self, path: str, largest: float | None) -> float | None:
        if self.intensity is not None:
            return None
        if self.intensity_scale is not None or largest is None:
            return self.intensity_scale
        if not (isinstance(largest, (int, float)) and 0 < largest < math.inf):
            raise BadInput(f"max_intensity={largest!r} of '{path}' is not the "
                           'largest intensity of its sensor (1, 255).')
        return 255 / largest

    def _keep_guess(self, factor: float, path: str) -> None:
        if self._guess is None:
            self._guess = factor, path
        elif self._guess[0] != factor:
            raise BadInput(
                f"The intensities of '{self._guess[1]}' seem to need the "
                f"factor {self._guess[0]:g} to be 0 to 255, those of '{path}' "
                f'{factor:g}: set intensity_scale of {type(self).__name__}.')

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(columns={self.columns}, '
                f'intensity={self.intensity}, '
                f'intensity_scale={self.intensity_scale}, '
                f'compress_intensity={self.compress_intensity})')
