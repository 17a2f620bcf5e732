"""Scans to be predicted in classes that no label knows."""
from collections.abc import Sequence

import numpy as np
from mmdet3d.datasets import Seg3DDataset
from mmdet3d.registry import DATASETS


@DATASETS.register_module()
class UnlabelledScanDataset(Seg3DDataset):
    """Any info file of mmdet3d, any classes, no labels.

    For models with words of their own: a data set's labels cannot judge
    them, so they are not read.

    Args:
        metainfo (dict): ``classes`` (K names) and ``palette`` (K colours).
        kwargs: As for :class:`mmdet3d.datasets.Seg3DDataset`.
    """

    METAINFO = {'classes': (), 'seg_valid_class_ids': ()}

    def get_label_mapping(self,
                          new_classes: Sequence[str] | None = None) -> tuple:
        return {}, dict(enumerate(new_classes or ())), ()

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """No raw id is of any class."""
        return np.full(256, len(metainfo['classes']), np.int64)

    def parse_data_info(self, info: dict) -> dict:
        info.pop('pts_semantic_mask_path', None)
        return super().parse_data_info(info)
