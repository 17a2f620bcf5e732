"""Pair LiDAR points with camera pixels."""
import warnings

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS
from mmdet3d.structures.points import BasePoints

from ...errors import BadInput
from ...functional import occluded, pair_points_with_pixels
from ..scans import require_finite
from .calibration import camera_lenses, camera_matrices
from .moved import LOADED, SWEPT, refuse_moved

# Integers below 2 ** 24 survive in a float32 column.
_LARGEST_ID = 1 << 24


@TRANSFORMS.register_module()
class PairPointsWithPixels(BaseTransform):
    """Match the points of a cloud with pixels of all cameras.

    Must come before any augmentation, and refuses what was moved. Intrinsics
    are scaled to the images where the info says for which size they are. To
    keep the pairs valid whatever mmdet3d transform drops, repeats, reorders or
    mixes points afterwards, each point carries its own index and the tag of
    its cloud in two more columns; :class:`PackPairs` reads and removes them.

    Required Keys:

    - points (:obj:`BasePoints`), in the LiDAR frame
    - images (dict): camera name to ``lidar2cam`` (4, 4) and ``cam2img``;
      for images that are not undistorted ``camera_model`` and ``distortion``
      (:func:`reldistill_mm.functional.lens_of`);
      ``height``, ``width`` (of the image that cam2img is for),
      ``lidar2img``, and ``cam2ego`` with ``lidar2ego`` of ``lidar_points``
      are held against them where the info has them.
    - img_shapes (list[tuple[int, int]])

    Added Keys:

    - pairs (:obj:`PointPixelPairs`)
    - pair_tag (int): Tag of this cloud's points.
    - camera_visible (np.ndarray): (N,) bool, per point of this cloud:
      whether it is in a pair. Hidden points are, unless ``occlusion`` is
      set.

    Args:
        min_depth (float): Least distance in front of a camera in metres.
            Defaults to 1.
        border (float): Width in pixels left out around each image. Defaults
            to 0.
        occlusion (dict, optional): Arguments of
            :func:`reldistill_mm.functional.occluded` (``cell``,
            ``reach``, ...; ``dict()`` for its defaults) to drop
            hidden points. Defaults to None: hidden points stay.
        on_empty (str): 'error' or 'warn', for a cloud of which no point
            falls in any camera. Defaults to 'error'.
        check_centre (bool): Whether to refuse cameras whose principal point
            is so far from the middle of the image that their calibration
            seems to be for another size. Defaults to True.

    Raises:
        BadInput: There is no pair, the cloud has more than 2 ** 24 points, a
            calibration cannot be right or is for images of another size, or
            points or images were moved before, or points are not finite.
    """
    needs_cameras = pairs_points = True

    def __init__(self,
                 min_depth: float = 1.0,
                 border: float = 0.0,
                 occlusion: dict | None = None,
                 on_empty: str = 'error',
                 check_centre: bool = True) -> None:
        if on_empty not in ('error', 'warn'):
            raise BadInput("on_empty must be 'error' or 'warn', got "
                           f"'{on_empty}'.")
        if not (min_depth > 0 and border >= 0):
            raise BadInput(f'min_depth={min_depth} must be positive, and '
                           f'border={border} not negative: points behind a '
                           'camera or outside of its image have no pixel.')
        self.min_depth = min_depth
        self.border = border
        self.occlusion = occlusion
        self.on_empty = on_empty
        self.check_centre = check_centre

    def transform(self, results: dict) -> dict:
        refuse_moved(results, type(self).__name__)
        if 'img_shapes' not in results:
            raise BadInput(
                f'{type(self).__name__} finds no img_shapes: put '
                'LoadCameraImages in front of it (not '
                'LoadMultiViewImageFromFiles, whose steps move no pairs).')
        points, sizes = results['points'], results['img_shapes']
        if not torch.isfinite(points.tensor).all():
            require_finite(points.tensor.numpy(),
                           results['lidar_points']['lidar_path'])
        lidar2cams, cam2imgs = camera_matrices(
            results['images'], sizes, self.check_centre,
            results.get('lidar_points', {}).get('lidar2ego'))
        lenses = camera_lenses(results['images'], cam2imgs, sizes)
        # What other sweeps add is elsewhere, or was when the image was taken.
        own = len(results.get('scan_rows', points))
        pairs = pair_points_with_pixels(points.tensor[:own, :3].numpy(),
                                        lidar2cams, cam2imgs, sizes,
                                        self.min_depth, self.border, lenses)
        if self.occlusion is not None:
            hidden = occluded(pairs, sizes, **self.occlusion)
            pairs = pairs.select(~hidden)
        if len(pairs.point) == 0 and len(sizes):
            self._report_empty(results)
        visible = np.zeros(len(points), bool)
        visible[pairs.point] = True
        results.update(pairs=pairs, camera_visible=visible)
        return tag_points(results)

    def _report_empty(self, results: dict) -> None:
        message = (
            f"None of the {len(results['points'])} points of "
            f"'{results['lidar_points']['lidar_path']}' falls in any of the "
            f"cameras {list(results['images'])}: check lidar2cam, cam2img and "
            f'that the images are of sizes {results["img_shapes"]}, or set '
            "on_empty='warn' to continue without pairs.")
        if self.on_empty == 'error':
            raise BadInput(message)
        warnings.warn(message)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(min_depth={self.min_depth}, '
                f'border={self.border}, occlusion={self.occlusion}, '
                f"on_empty='{self.on_empty}', "
                f'check_centre={self.check_centre})')


def tag_points(results: dict) -> dict:
    """Number the points of a cloud and draw its ``pair_tag``."""
    tag = np.random.randint(_LARGEST_ID)
    results['pair_tag'] = tag
    results['points'] = add_point_ids(results['points'], tag)
    # Which columns they are; a transform that adds others would hide them.
    results['pair_columns'] = results['points'].tensor.shape[1]
    for key in (LOADED, SWEPT):
        results.pop(key, None)
    return results


def add_point_ids(points: BasePoints, tag: int) -> BasePoints:
    """Append the columns (index, tag) to a cloud."""
    if len(points) > _LARGEST_ID:
        raise BadInput(f'{len(points)} points are too many to number in '
                       f'float32; at most {_LARGEST_ID} can be paired.')
    index = torch.arange(len(points), dtype=points.tensor.dtype)
    tensor = torch.cat(
        [points.tensor, index[:, None],
         torch.full_like(index, tag)[:, None]], 1)
    return type(points)(
        tensor,
        points_dim=tensor.shape[1],
        attribute_dims=points.attribute_dims)
