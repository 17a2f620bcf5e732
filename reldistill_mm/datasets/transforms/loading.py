"""Load clouds, images and labels; refuse incomplete files."""
import os.path as osp
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.datasets.transforms import LoadAnnotations3D, LoadPointsFromFile
from mmdet3d.registry import TRANSFORMS
from mmengine.fileio import get, get_local_path
from PIL import Image

from ...errors import BadInput, MissingInput
from ...io.camera_image import CameraImage, name_in_errors
from ..scans import require_columns, require_finite
from .array_file import load_array


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
            are not finite, or another number of columns.
    """
    cache_neutral = True

    def __init__(self,
                 coord_type: str = 'LIDAR',
                 intensity_scale: float = 1.0,
                 **kwargs) -> None:
        super().__init__(coord_type=coord_type, **kwargs)
        self.intensity_scale = intensity_scale

    def _load_points(self, pts_filename: str) -> np.ndarray:
        """Load and check the whole file as a flat float32 array."""
        try:
            points = super()._load_points(pts_filename)
        except FileNotFoundError as error:
            raise MissingInput(
                f"The point cloud '{pts_filename}' does not exist; check "
                'data_root and data_prefix.pts.') from error
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
        if 3 in self.use_dim:
            require_columns(points.reshape(-1), self.load_dim, pts_filename)
        points = points.reshape(-1, self.load_dim)
        require_finite(points[:, self.use_dim], pts_filename)
        if self.intensity_scale != 1:
            points = points.copy()
            points[:, 3] *= self.intensity_scale
        return points


@TRANSFORMS.register_module()
class LoadPointLabels(LoadAnnotations3D):
    """Load the label of every point and map it to training classes.

    Required Keys:

    - points
    - seg_label_mapping (np.ndarray)
    - pts_semantic_mask_path (str, optional)

    Added Keys:

    - pts_semantic_mask (np.ndarray), (N,) int64, in ``eval_ann_info`` too.

    Args:
        optional (bool): Accept samples whose info names no label file (to
            predict on data without labels). A file that is named must exist
            nevertheless. Defaults to False.
        kwargs: Arguments of ``LoadAnnotations3D``.
    """
    labels_only = cache_neutral = True

    def __init__(self,
                 optional: bool = False,
                 seg_3d_dtype: str = 'np.uint8',
                 dataset_type: str = 'nuscenes',
                 **kwargs) -> None:
        super().__init__(
            with_bbox_3d=False,
            with_label_3d=False,
            with_seg_3d=True,
            seg_3d_dtype=seg_3d_dtype,
            dataset_type=dataset_type,
            **kwargs)
        self.optional = optional

    def transform(self, results: dict) -> dict:
        path = results.get('pts_semantic_mask_path')
        if path is None:
            if self.optional:
                return results
            raise BadInput(
                f"The info of '{results['lidar_points']['lidar_path']}' "
                'names no label file (pts_semantic_mask_path): convert the '
                'data with lidarseg installed, or set optional=True to '
                'predict without labels.')
        try:
            results = super().transform(results)
        except FileNotFoundError as error:
            raise MissingInput(
                f"The label file '{path}' does not exist; check "
                'data_prefix.pts_semantic_mask.') from error
        raw, points = results['pts_semantic_mask'], results['points']
        if len(raw) != len(points):
            raise BadInput(
                f"'{path}' holds {len(raw)} labels for {len(points)} points "
                f"of '{results['lidar_points']['lidar_path']}'; one of the "
                'two is truncated or belongs to another sweep.')
        table = results['seg_label_mapping']
        labels = table[raw]
        # A stock PointSegClassMapping after this must not map again.
        results['seg_label_mapping'] = np.arange(len(table))
        results['pts_semantic_mask'] = labels
        if 'eval_ann_info' in results:
            results['eval_ann_info']['pts_semantic_mask'] = labels
        return results

    def _load_semantic_seg_3d(self, results: dict) -> dict:
        """Load labels, also those that NumPy saved."""
        path = results['pts_semantic_mask_path']
        if not path.endswith('.npy'):
            return super()._load_semantic_seg_3d(results)
        raw = load_array(path, self.backend_args).reshape(-1)
        results['pts_semantic_mask'] = raw.astype(np.int64) % self.seg_offset
        return results


@TRANSFORMS.register_module()
class LoadCameraImages(BaseTransform):
    """Load every camera's image as RGB.

    Required Keys:

    - images (dict): camera name to dict with ``img_path``.

    Added Keys:

    - camera_imgs (List[:obj:`CameraImage`]): V images (only with
      ``decode``), whose sizes may differ. ``np.asarray`` gives all pixels,
      (H, W, 3) uint8 RGB; :class:`ResizedCropCameras` decodes no
      finer than its crop needs, and cameras that :class:`SampleCameras`
      leaves out are never decoded. Not ``img``, which mmdet3d's
      ``RandomFlip3D`` would flip without the pairs, even with
      ``sync_2d=False``; :class:`PackPairs` packs it as ``img``.
    - img_shapes (List[Tuple[int, int]]): V sizes (height, width).
    - img_path, camera_names (List[str])

    Args:
        decode (bool): Whether to decode images. False reads only the sizes
            from the headers, all that pairing needs at test time. Defaults
            to True.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: A missing image.
        BadInput: An unreadable one, or no camera at all. A truncated one
            is found where it is decoded.
    """
    needs_cameras = True

    def __init__(self,
                 decode: bool = True,
                 backend_args: dict | None = None) -> None:
        self.decode = decode
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        if not results.get('images'):
            raise BadInput(
                f"'{results['lidar_points']['lidar_path']}' has no camera in "
                'its info; set modality.use_camera and use infos with '
                'images.')
        paths = [image['img_path'] for image in results['images'].values()]
        results['img_path'] = paths
        results['camera_names'] = list(results['images'])
        if self.decode:
            images = [CameraImage(self._read(path), path) for path in paths]
            results['camera_imgs'] = images
            results['img_shapes'] = [image.shape[:2] for image in images]
        else:
            results['img_shapes'] = [self._read_size(path) for path in paths]
        return results

    def _read(self, path: str) -> bytes:
        with _explain_missing(path):
            return get(path, backend_args=self.backend_args)

    def _read_size(self, path: str) -> tuple[int, int]:
        """Read (height, width) from the header alone."""
        with _explain_missing(path), get_local_path(
                path, self.backend_args) as local, name_in_errors(
                    path), Image.open(local) as image:
            return image.height, image.width

    def __repr__(self) -> str:
        return f'{type(self).__name__}(decode={self.decode})'


@contextmanager
def _explain_missing(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingInput(
            f"The image '{path}' does not exist; check data_root and "
            f"data_prefix['{osp.basename(osp.dirname(path))}'].") from error
