"""SemanticKITTI with its colour camera, from mmdet3d's info files."""
import os.path as osp
from collections.abc import Mapping, Sequence

import numpy as np
from mmdet3d.datasets import SemanticKittiDataset
from mmdet3d.registry import DATASETS

from ..errors import BadInput
from ..functional import label_table
from ..functional.label_table import NUM_KITTI_IDS, check_classes
from ..functional.street_colours import street_palette
from .check_infos import require_keyframe, tell_repeated
from .info_file import AddressedData, explained_errors, fetched_ann_file
from .layouts.semantickitti import CLASSES
from .scan_subsets import keep_scans

_REMEDY = ('Make it with `python tools/create_data.py semantickitti`: see '
           'docs/own_data.md.')


@DATASETS.register_module()
class SemanticKittiCameraDataset(AddressedData, SemanticKittiDataset):
    """Scans of SemanticKITTI for distillation and segmentation.

    Reads the info files that ``tools/create_data.py semantickitti`` or
    ``tools/add_kitti_cameras.py`` writes and, with
    ``modality=dict(use_lidar=True, use_camera=False)``, mmdet3d's own.
    mmdet3d maps raw ids that are not in its table to class 0; here they are
    ignored.

    Args:
        scans (str | list[str], optional): Subset of scans,
            ``'every_100th_scan'`` (any number) or sample ids ('08_000012').
            Defaults to None, every scan of the info file.
        metainfo (dict, optional): ``classes`` may name a subset of the 19,
            the rest is then ignored. Raw ids are mapped by
            ``seg_label_mapping`` (raw id to position among the 19 classes)
            if given, else by our table of SemanticKITTI's classes.
        modality (dict): Defaults to LiDAR and camera.
        kwargs: Arguments of :class:`mmdet3d.datasets.SemanticKittiDataset`.

    Raises:
        MissingInput: No info file.
        BadInput: Another dataset's info file, one without the requested
            cameras, or a subset without samples.
    """
    METAINFO = {
        **SemanticKittiDataset.METAINFO, 'palette':
        street_palette(SemanticKittiDataset.METAINFO['classes']).tolist()
    }

    def __init__(self,
                 *args,
                 scans: str | list[str] | None = None,
                 metainfo: dict | None = None,
                 modality: dict | None = None,
                 ignore_index: int | None = None,
                 **kwargs) -> None:
        self.scans = scans
        metainfo = dict(metainfo or {})
        metainfo.setdefault('classes', self.METAINFO['classes'])
        check_classes(metainfo['classes'], self.METAINFO['classes'])
        if ignore_index is None:
            ignore_index = len(metainfo['classes'])
        super().__init__(
            *args,
            metainfo=metainfo,
            modality=modality or dict(use_lidar=True, use_camera=True),
            ignore_index=ignore_index,
            **kwargs)

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """Table (65536,) int64 from raw ids to labels.

        Every id that no class claims maps to ``ignore_index``.
        """
        raw_ids: Mapping[str, Sequence[int]] = CLASSES
        if 'seg_label_mapping' in metainfo:
            names = self.METAINFO['classes']
            raw_ids = {
                name: [
                    raw
                    for raw, label in metainfo['seg_label_mapping'].items()
                    if label == position
                ]
                for position, name in enumerate(names)
            }
        return label_table(raw_ids, metainfo['classes'], self.ignore_index,
                           NUM_KITTI_IDS)

    def load_data_list(self) -> list[dict]:
        """Load the info file, check it and keep the scans of the subset."""
        with explained_errors(self.ann_file, 'an info file of SemanticKITTI',
                              _REMEDY), fetched_ann_file(
                                  self, self.backend_args):
            infos = super().load_data_list()
        name = self._metainfo.get('DATASET', self._metainfo.get('dataset'))
        if name != 'SemanticKITTI':
            raise BadInput(f"'{self.ann_file}' holds {name}, not "
                           f'SemanticKITTI. {_REMEDY}')
        if self.modality['use_camera'] and not all(info['images']
                                                   for info in infos):
            raise BadInput(
                f"'{self.ann_file}' holds no cameras: add them with `python "
                'tools/add_kitti_cameras.py`, or set modality.use_camera='
                'False.')
        tell_repeated(infos, self.ann_file, self.test_mode)
        if self.scans is not None:
            infos = keep_scans(infos, self.scans, self.ann_file)
        if not infos:
            raise BadInput(f"'{self.ann_file}' lists no scan. {_REMEDY}")
        return infos

    def parse_data_info(self, info: dict) -> dict:
        """Resolve paths; those of images only if they are requested."""
        require_keyframe(info, self.ann_file, self.modality['use_camera'])
        if not self.modality['use_camera']:
            info.pop('images', None)
        info = super().parse_data_info(info)
        # The path below the root: a name that no other scan has.
        info['frame_path'] = osp.relpath(info['lidar_points']['lidar_path'],
                                         self.data_root or '.')
        return info
