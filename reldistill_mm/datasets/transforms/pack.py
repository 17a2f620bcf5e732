"""Pack a sample together with its point-pixel pairs."""
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmdet3d.datasets.transforms import Pack3DDetInputs
from mmdet3d.registry import TRANSFORMS
from mmengine.structures import InstanceData
from numpy.typing import ArrayLike

from ...errors import BadInput
from ...functional import PointPixelPairs


@TRANSFORMS.register_module()
class PackPairs(Pack3DDetInputs):
    """``Pack3DDetInputs`` that also carries pairs and visibility.

    Pairs whose point was dropped on the way are dropped; the others point
    at the row where their point lies now. Adds to the data sample:

    - pairs (:obj:`InstanceData`): ``point`` (P,) int64, ``camera`` (P,)
      int64, ``uv`` (P, 2) float32 and ``depth`` (P,) float32 (metres);
      with superpixels ``segment`` (P,) int64, and after
      :class:`LoadCachedPairs` ``features`` (P, C) float16.
    - teacher_basis (D, C) float32, with a projected cache only.
    - sweep (N,) int64, after :class:`LoadSweeps` only; 0 for points that
      were mixed in.
    - gt_pts_seg.camera_visible (N,) bool, in ``eval_ann_info`` too.

    Required Keys: points, camera_imgs (optional), and, after
    :class:`PairPointsWithPixels` or :class:`LoadCachedPairs`, pairs,
    pair_tag, camera_visible, pair_features, teacher_basis and sweep
    (optional).
    """
    cache_neutral = True

    def pack_single_results(self, results: dict) -> dict:
        images = results.pop('camera_imgs', None)
        packed = self._pack_points(results)
        if images is not None and 'img' in self.keys:
            packed['inputs']['img'] = stack_images(images)
            if 'pairs' in results:
                require_moved_along(images, results['img_shapes'])
        return packed

    def _pack_points(self, results: dict) -> dict:
        if 'pairs' not in results:
            return super().pack_single_results(results)
        points = results['points'].tensor
        columns = results.get('pair_columns', points.shape[1])
        if points.shape[1] != columns:
            raise BadInput(
                f"The points of '{results['lidar_points']['lidar_path']}' "
                f'come with {points.shape[1]} columns and had {columns} when '
                'they were paired: a transform between pairing and packing '
                'adds or drops columns; put it before the pairing.')
        points, source = points[:, :-2], point_sources(points,
                                                       results['pair_tag'])
        results['points'] = points.contiguous()
        columns = follow_points(results['pairs'], source,
                                len(results['camera_visible']),
                                results.get('pair_features'))
        visible = results['camera_visible'][source] & (source >= 0)
        if results.get('eval_ann_info') is not None:
            results['eval_ann_info']['camera_visible'] = visible
        packed = super().pack_single_results(results)
        sample = packed['data_samples']
        sample.gt_pts_seg.camera_visible = torch.from_numpy(visible)
        sample.pairs = InstanceData(**{
            name: torch.from_numpy(column)
            for name, column in columns.items()
        })
        if 'sweep' in results:
            sample.sweep = torch.from_numpy(follow_sweeps(results, source))
        if 'teacher_basis' in results:
            sample.teacher_basis = torch.from_numpy(results['teacher_basis'])
        return packed


def follow_sweeps(results: dict, source: np.ndarray) -> np.ndarray:
    """Say of which sweep each row is.

    Args:
        results (dict): With ``sweep`` of the cloud that was paired.
        source (np.ndarray): (M,) int64, see :func:`point_sources`.

    Returns:
        np.ndarray: (M,) int64.

    Raises:
        BadInput: The cloud had other points when it was paired.
    """
    sweep, paired = results['sweep'], len(results['camera_visible'])
    if len(sweep) != paired:
        raise BadInput(
            f"LoadSweeps loaded {len(sweep)} points of "
            f"'{results['lidar_points']['lidar_path']}' and its sweeps, and "
            f'{paired} were paired: put what drops or adds points after the '
            'pairing.')
    return np.where(source < 0, 0, sweep[source])


def require_moved_along(images: Sequence[Any],
                        sizes: Sequence[Sequence[int]]) -> None:
    """Check that pairs followed their images when these changed size.

    Args:
        images (Sequence[ArrayLike]): V images (H, W, 3).
        sizes (Sequence[tuple[int, int]]): V sizes (height, width) of the
            images to whose pixels the pairs point.

    Raises:
        BadInput: There are other images, or of other sizes.
    """
    found = [tuple(image.shape[:2]) for image in images]
    known = [tuple(size) for size in sizes]
    if found != known:
        raise BadInput(
            f'Images of {found} pixels (height, width) come to PackPairs with '
            f'pairs for {known}: a step after the pairing changes images '
            'without their pairs. Take ResizedCropCameras; a step of your own '
            "that moves the pairs, too, sets results['img_shapes'].")


def stack_images(images: Sequence[ArrayLike]) -> torch.Tensor:
    """Stack V images (H, W, 3) as (V, 3, H, W) uint8, copying each once.

    Raises:
        BadInput: Images of several sizes, or not of bytes.
    """
    arrays = [np.asarray(image) for image in images]
    sizes = {array.shape for array in arrays}
    if len(sizes) > 1:
        raise BadInput(
            f'Images of sizes {sorted(sizes)} cannot be packed together: put '
            'ResizedCropCameras before PackPairs.')
    kinds = {array.dtype.name for array in arrays} - {'uint8'}
    if kinds:
        raise BadInput(
            f'Images of {sorted(kinds)} cannot be packed: a step that changes '
            'colours must give them back as uint8, 0 to 255.')
    height, width, channels = sizes.pop()
    stack = np.empty((len(arrays), channels, height, width), np.uint8)
    for place, array in zip(stack, arrays):
        place[:] = array.transpose(2, 0, 1)
    return torch.from_numpy(stack)


def point_sources(points: torch.Tensor, tag: int) -> np.ndarray:
    """Find the index of each row in the cloud that was paired.

    Args:
        points (Tensor): (M, C + 2), the last columns being index and tag.
        tag (int): Tag of the paired cloud.

    Returns:
        np.ndarray: (M,) int64, -1 for a row mixed in from another cloud.
    """
    index, tags = points[:, -2:].numpy().T
    return np.where(tags == tag, index, -1).astype(np.int64)


def follow_points(pairs: PointPixelPairs,
                  source: np.ndarray,
                  count: int,
                  features: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Point the pairs at the rows to which their points have moved.

    Args:
        pairs (PointPixelPairs): P pairs of the original cloud.
        source (np.ndarray): (M,) int64, original index of each row now, -1
            for a foreign one.
        count (int): Number of points of the original cloud.
        features (np.ndarray, optional): (P, C) features of the pairs'
            pixels.

    Returns:
        dict[str, np.ndarray]: The columns of the pairs whose point is still
        there, ``features`` among them if given; a point that was repeated
        keeps its first row.
    """
    rows = np.flatnonzero(source >= 0)[::-1]
    position = np.full(count, -1, np.int64)
    # Assigned from the last row to the first, so the first row stays.
    position[source[rows]] = rows
    columns = {
        name: column
        for name, column in pairs._replace(
            point=position[pairs.point])._asdict().items()
        if column is not None
    }
    if features is not None:
        columns['features'] = features
    keep = columns['point'] >= 0
    if keep.all():
        # Features take megabytes, so they are copied only when necessary.
        return columns
    return {name: column[keep] for name, column in columns.items()}
