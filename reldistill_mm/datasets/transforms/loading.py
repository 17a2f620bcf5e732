"""Load clouds, images and labels; refuse incomplete files."""
import os.path as osp
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.datasets.transforms import LoadAnnotations3D, LoadPointsFromFile
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput, MissingInput
from ...io.camera_image import CameraImage
from ...io.image_size import read_image_size
from ...io.remote import read_bytes
from ..scans import (refuse_no_rows, require_columns, require_finite,
                     require_plausible)
from .array_file import load_array
from .calibration import Size, stated_size
from .camera_paths import require_own_images
from .intensity_range import check_intensity, usable_factor
from .label_ids import (refuse_swapped, refuse_training_ids, require_ids,
                        warn_if_none_known)
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

    Raises:
        MissingInput: No such file.
        BadInput: Labels that are not integers, below -1, not one for each
            point, not in the dataset's table, training ids where raw ids
            should be, or of the other byte order. Where a file has no id of
            any class, a warning says so once.
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
        if len(raw) and not 0 <= raw.min() <= raw.max() < len(table):
            raise BadInput(
                f"'{path}' holds labels from {raw.min()} to {raw.max()}, and "
                f'those of this dataset are from 0 to {len(table) - 1}: it is '
                'of another dataset or of another type (seg_3d_dtype).')
        if len(raw):
            refuse_training_ids(raw, results)
        labels = table[raw]
        warn_if_none_known(labels, raw, results)
        # A stock PointSegClassMapping after this must not map again.
        results['seg_label_mapping'] = np.arange(len(table))
        results['pts_semantic_mask'] = labels
        if 'eval_ann_info' in results:
            results['eval_ann_info']['pts_semantic_mask'] = labels
        return results

    def _load_semantic_seg_3d(self, results: dict) -> dict:
        """Load raw labels, also those that NumPy saved."""
        path = results['pts_semantic_mask_path']
        if path.endswith('.npy'):
            raw = load_array(path, self.backend_args).reshape(-1)
            require_ids(raw, path, self.seg_offset is not None)
            raw = raw.astype(np.int64)
            if self.seg_offset is not None:
                raw %= self.seg_offset
        else:
            raw = self._read_raw(results)
        results['pts_semantic_mask'] = raw
        return results

    def _read_raw(self, results: dict) -> np.ndarray:
        path = results['pts_semantic_mask_path']
        content = read_bytes(path, self.backend_args)
        try:
            read = np.frombuffer(content, self.seg_3d_dtype)
        except ValueError as error:
            raise BadInput(
                f"The label file '{path}' is not a file of "
                f'{np.dtype(self.seg_3d_dtype)} values ({error}); it may be '
                'truncated, copy it again.') from error
        kitti = self.dataset_type == 'semantickitti'
        raw = read.astype(np.int64) % self.seg_offset if kitti else read
        refuse_swapped(raw, read, results, self.seg_offset if kitti else None)
        return raw


@TRANSFORMS.register_module()
class LoadCameraImages(BaseTransform):
    """Load every camera's image as RGB.

    Required Keys:

    - images (dict): camera name to dict with ``img_path``.

    Added Keys:

    - camera_imgs (list[:obj:`CameraImage`]): V images (only with
      ``decode``), whose sizes may differ. ``np.asarray`` gives all pixels,
      (H, W, 3) uint8 RGB; :class:`ResizedCropCameras` decodes no
      finer than its crop needs, and cameras that :class:`SampleCameras`
      leaves out are never decoded. Not ``img``, which mmdet3d's
      ``RandomFlip3D`` would flip without the pairs, even with
      ``sync_2d=False``; :class:`PackPairs` packs it as ``img``.
    - img_shapes (list[tuple[int, int]]): V sizes (height, width).
    - img_path, camera_names (list[str])

    Args:
        decode (bool): Whether to read images. False takes only their sizes,
            all that pairing needs at test time: from the info where it has
            ``height`` and ``width``, else from the files' headers. Defaults
            to True.
        calibrated_size (tuple[int, int], optional): (height, width) that
            ``cam2img`` is for, where the info does not say it. Defaults to
            None: intrinsics are for the images as they are.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: A missing image.
        BadInput: An unreadable one, one that EXIF says to turn, one of
            another camera by its path, or no camera at all (only with
            ``decode``; else no point is seen). A truncated one is found
            where it is decoded.
    """
    needs_cameras = True

    def __init__(self,
                 decode: bool = True,
                 calibrated_size: Size | None = None,
                 backend_args: dict | None = None) -> None:
        self.decode = decode
        self._told_blind = False
        self.calibrated_size = calibrated_size and tuple(calibrated_size)
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        if not results.get('images'):
            self._tell_blind(results)
        paths = [
            self._path_of(name, camera)
            for name, camera in results['images'].items()
        ]
        require_own_images(dict(zip(results['images'], paths)))
        results['img_path'] = paths
        results['camera_names'] = list(results['images'])
        if self.calibrated_size is not None:
            _state_sizes(results, *self.calibrated_size)
        if self.decode:
            images = [self._read(path) for path in paths]
            results['camera_imgs'] = images
            results['img_shapes'] = [image.shape[:2] for image in images]
        else:
            results['img_shapes'] = [
                stated_size(camera) or self._read_size(path)
                for path, camera in zip(paths, results['images'].values())
            ]
        return results

    def _tell_blind(self, results: dict) -> None:
        """Refuse a keyframe without cameras, or say that none sees it."""
        what = (f"'{results['lidar_points']['lidar_path']}' has no camera in "
                'its info')
        if self.decode:
            raise BadInput(f'{what}; set modality.use_camera and use infos '
                           'with images.')
        results['images'] = {}
        if not self._told_blind:
            self._told_blind = True
            warnings.warn(f'{what}: none of its points counts as visible.')

    @staticmethod
    def _path_of(name: str, camera: dict) -> str:
        if not isinstance(camera, Mapping):
            raise BadInput(f"images['{name}'] of the info is not a camera "
                           f'({type(camera).__name__}, not a dict): leave it '
                           'out of images.')
        path = camera.get('img_path')
        if not path:
            raise BadInput(f"Camera '{name}' has no img_path in its info: "
                           'name its image, or leave the camera out.')
        return path

    def _read(self, path: str) -> CameraImage:
        with _explain_missing(path):
            return CameraImage(read_bytes(path, self.backend_args), path)

    def _read_size(self, path: str) -> Size:
        with _explain_missing(path):
            return read_image_size(path, self.backend_args)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(decode={self.decode}, '
                f'calibrated_size={self.calibrated_size})')


def _state_sizes(results: dict, height: int, width: int) -> None:
    """Say for which size intrinsics are where the info does not."""
    results['images'] = {
        name: dict(dict(height=height, width=width), **camera)
        for name, camera in results['images'].items()
    }


@contextmanager
def _explain_missing(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingInput(
            f"The image '{path}' does not exist; check data_root and "
            f"data_prefix['{osp.basename(osp.dirname(path))}'].") from error
