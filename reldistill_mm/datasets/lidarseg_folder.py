"""LiDAR segmentation datasets that are folders of scans and labels."""
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from mmdet3d.datasets import Seg3DDataset
from mmdet3d.registry import DATASETS

from ..errors import BadInput
from ..functional import label_table
from ..functional.closest import closest
from ..functional.label_table import NUM_KITTI_IDS, check_classes
from .check_infos import tell_repeated
from .class_names import own_metainfo
from .layouts import LAYOUTS, find_scans
from .layouts.own_table import read_layout
from .scan_subsets import keep_scans


@DATASETS.register_module()
class LidarSegFolderDataset(Seg3DDataset):
    """Scans and labels of a dataset of :data:`layouts.LAYOUTS` or one's own.

    There is no info file: the folders are listed. Pipelines load points by
    ``LoadFolderPoints``, which learns columns and intensities from here, and
    labels by ``LoadPointLabels``; those of one's own by ``LoadScanPoints`` and
    ``LoadScanLabels``, which read any format.

    Args:
        layout (str | Mapping): Key in :data:`layouts.LAYOUTS`, or a table
            (:func:`.read_layout`).
        data_root (str): The dataset's folder.
        split (str): Split of the layout. Defaults to 'train'.
        sequences (Sequence[str], optional): Sequences instead of the
            split's own. Defaults to None.
        intensity (float, optional): Largest intensity, where the layout
            does not know it. Defaults to None, the layout's own.
        scans (str | list[str], optional): Subset of scans,
            ``'every_100th_scan'`` (any number) or sample ids. Defaults to
            None, all.
        metainfo (dict, optional): ``classes`` may name a subset of the
            layout's, the rest is then ignored. Defaults to None, all.
        ignore_index (int, optional): Defaults to None, the number of
            classes.
        kwargs: Arguments of :class:`mmdet3d.datasets.Seg3DDataset`.

    Raises:
        MissingInput: No scan in ``data_root``.
        BadInput: Unknown layout or split, a subset without scans, or a
            ``data_root`` that is an address.
    """

    def __init__(self,
                 layout: str | Mapping,
                 data_root: str,
                 split: str = 'train',
                 sequences: Sequence[str] | None = None,
                 intensity: float | None = None,
                 scans: str | list[str] | None = None,
                 metainfo: dict | None = None,
                 ignore_index: int | None = None,
                 **kwargs) -> None:
        if isinstance(layout, str) and layout not in LAYOUTS:
            raise BadInput(f"Unknown layout '{layout}'; choose one of "
                           f'{sorted(LAYOUTS)}{closest(layout, LAYOUTS, 1)}')
        if '://' in str(data_root):
            raise BadInput(f"data_root='{data_root}' is an address, and the "
                           f"scans of the layout {layout!r:.40} are found "
                           'by listing a local folder: copy or mount it here.')
        self.layout = (
            LAYOUTS[layout]
            if isinstance(layout, str) else read_layout(layout))
        if intensity is not None:
            self.layout = self.layout._replace(intensity=intensity)
        self.split, self.sequences, self.scans = split, sequences, scans
        classes = tuple(self.layout.classes)
        # mmdet3d looks classes up in METAINFO; here they are the layout's.
        self.METAINFO = own_metainfo(classes)
        metainfo = dict(metainfo or {})
        metainfo.setdefault('classes', classes)
        check_classes(metainfo['classes'], classes)
        if ignore_index is None:
            ignore_index = len(metainfo['classes'])
        super().__init__(
            data_root=str(data_root),
            metainfo=metainfo,
            data_prefix=dict(pts='', pts_semantic_mask=''),
            ignore_index=ignore_index,
            **kwargs)

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """Table (65536,) int64 from raw ids to labels.

        Every id that no class claims maps to ``ignore_index``.
        """
        return label_table(self.layout.classes, metainfo['classes'],
                           self.ignore_index, NUM_KITTI_IDS)

    def load_data_list(self) -> list[dict]:
        """List the scans of the split that the subset keeps."""
        layout, root = self.layout, Path(self.data_root)
        infos = [
            self.parse_data_info(
                dict(
                    sample_id=files.sample_id,
                    lidar_points=dict(
                        lidar_path=files.scan,
                        num_pts_feats=layout.columns,
                        max_intensity=layout.intensity,
                        intensity_path=files.intensity
                        and str(root / files.intensity)),
                    pts_semantic_mask_path=files.label,
                    label_field=layout.label_field))
            for files in find_scans(root, layout, self.split, self.sequences)
        ]
        tell_repeated(infos, self.data_root, self.test_mode)
        if self.scans is not None:
            infos = keep_scans(infos, self.scans, self.data_root)
        return infos
