"""Predict scans in classes for which there are no labels."""
from collections.abc import Sequence

import numpy as np
from mmdet3d.datasets import Seg3DDataset
from mmdet3d.registry import DATASETS

from .check_infos import require_keyframe


@DATASETS.register_module()
class UnlabelledScanDataset(Seg3DDataset):
    """Scans of any mmdet3d info file, with any classes and no labels.

    For models with words of their own: a dataset's labels cannot judge
    them, so they are not read.

    Args:
        metainfo (dict): Dict of ``classes`` (K names) and ``palette`` (K
            colours).
        kwargs: Arguments of :class:`mmdet3d.datasets.Seg3DDataset`.
    """

    METAINFO = {'classes': (), 'seg_valid_class_ids': ()}

    def get_label_mapping(self,
                          new_classes: Sequence[str] | None = None) -> tuple:
        return {}, dict(enumerate(new_classes or ())), ()

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """Return an empty mapping: no raw id belongs to a class."""
        return np.full(256, len(metainfo['classes']), np.int64)

    def parse_data_info(self, info: dict) -> dict:
        info.pop('pts_semantic_mask_path', None)
        require_keyframe(info, self.ann_file, self.modality['use_camera'])
        return super().parse_data_info(info)
