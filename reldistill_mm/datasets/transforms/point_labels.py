"""Load the labels of points; refuse those of other points or classes."""
import numpy as np
from mmdet3d.datasets.transforms import LoadAnnotations3D
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput, MissingInput
from ...io.remote import read_bytes
from .array_file import load_array
from .label_ids import (refuse_swapped, refuse_training_ids, require_ids,
                        warn_if_none_known)


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
