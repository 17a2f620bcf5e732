"""nuScenes with lidarseg labels and cameras, from mmdet3d's info files."""
import os.path as osp

import numpy as np
from mmdet3d.datasets import Seg3DDataset
from mmdet3d.registry import DATASETS
from mmengine.logging import print_log

from ..errors import BadInput
from ..functional import label_table
from ..functional.label_table import check_classes
from ..functional.nuscenes_labels import RAW_IDS
from ..functional.street_colours import street_palette
from .check_infos import require_keyframe, tell_repeated, with_cameras
from .info_file import AddressedData, explained_errors, fetched_ann_file
from .splits import select_keyframes, select_scenes
from .sweeps import require_sweeps, root_sweeps

INFO_VERSION = '1.1'


@DATASETS.register_module()
class NuScenesLidarSegDataset(AddressedData, Seg3DDataset):
    """Keyframes of nuScenes for distillation and segmentation.

    Reads the info files of mmdet3d's own converter (format 1.1). Usable
    without labels (pretraining, or data that has none) and without cameras
    (``modality=dict(use_lidar=True, use_camera=False)``).

    Args:
        scenes (str | list[str], optional): Subset of scenes,
            ``'slidr_600'``, ``'slidr_100'``, ``'every_<n>th_scene'`` or
            scene names; see :func:`select_scenes`. Defaults to None, all of
            the info file.
        keyframes (str, optional): ``'every_<n>th_keyframe'`` in the order
            of scenes and time, ``'..._from_<k>'`` for another one of the n
            there are. Defaults to None, all of them. Both subsets need infos
            that name their scene.
        load_sweeps (bool): Keep the infos' ``lidar_sweeps``, for
            ``LoadPointsFromMultiSweeps``, below ``data_root`` whatever path
            the info file gives. Defaults to False.
        metainfo (dict, optional): ``classes`` may name a subset of the 16,
            the rest is then ignored. Defaults to None, all 16.
        modality (dict): Defaults to LiDAR and cameras.
        kwargs: Arguments of :class:`mmdet3d.datasets.Seg3DDataset`;
            ``data_prefix`` takes ``pts``, ``pts_semantic_mask`` and one key
            per camera (``CAM_FRONT='samples/CAM_FRONT'``).

    Raises:
        MissingInput: No info file, or no sweeps where they are asked for.
        BadInput: An info file of another version or dataset, a subset
            without samples, or one that the infos cannot identify.
    """

    METAINFO = {
        'classes': tuple(RAW_IDS),
        'palette': street_palette(list(RAW_IDS)).tolist(),
        'seg_valid_class_ids': tuple(range(len(RAW_IDS))),
        'seg_all_class_ids': tuple(range(len(RAW_IDS))),
    }

    def __init__(self,
                 *args,
                 scenes: str | list[str] | None = None,
                 keyframes: str | None = None,
                 load_sweeps: bool = False,
                 metainfo: dict | None = None,
                 modality: dict | None = None,
                 ignore_index: int | None = None,
                 **kwargs) -> None:
        self.scenes, self.keyframes = scenes, keyframes
        self.load_sweeps = load_sweeps
        # Boxes are four fifths of an info, 5 GB over nuScenes' train set in
        # every worker, and nothing here reads them.
        self.dropped_keys = ['instances', 'cam_instances', 'ann_info']
        if not load_sweeps:
            self.dropped_keys.append('lidar_sweeps')
        metainfo = dict(metainfo or {})
        metainfo.setdefault('classes', self.METAINFO['classes'])
        check_classes(metainfo['classes'], tuple(RAW_IDS))
        if ignore_index is None:
            ignore_index = len(metainfo['classes'])
        super().__init__(
            *args,
            metainfo=metainfo,
            modality=modality or dict(use_lidar=True, use_camera=True),
            ignore_index=ignore_index,
            **kwargs)

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """Table (256,) int64 from raw uint8 ids to labels.

        Every id that no class claims maps to ``ignore_index``.
        """
        return label_table(RAW_IDS, metainfo['classes'], self.ignore_index,
                           256)

    def load_data_list(self) -> list[dict]:
        """Load the info file, check it, keep the wanted keyframes."""
        infos = self._load_checked()
        tell_repeated(infos, self.ann_file, self.test_mode)
        if self.load_sweeps:
            require_sweeps(infos, self.ann_file)
        if self.scenes is None and self.keyframes is None:
            return infos
        subset = f'scenes={self.scenes}, keyframes={self.keyframes}'
        if any('scene_name' not in info for info in infos):
            raise BadInput(
                f"'{self.ann_file}' does not say which scene a keyframe "
                f'belongs to, so {subset} cannot be selected. Add the names '
                'with `python tools/add_scene_names.py`, or set both to None.')
        kept = self._select(infos)
        scenes = sorted({info['scene_name'] for info in kept})
        print_log(
            f'Subset {subset}: {len(kept)} of {len(infos)} keyframes of '
            f'{self.ann_file}, in {len(scenes)} scenes '
            f"({', '.join(scenes[:10])}{', ...' if scenes[10:] else ''}).",
            logger='current')
        return kept

    def _select(self, infos: list[dict]) -> list[dict]:
        """Return the keyframes of the subset."""
        kept = infos
        names = {info['scene_name'] for info in infos}
        if self.scenes is not None:
            wanted = select_scenes(names, self.scenes)
            kept = [info for info in infos if info['scene_name'] in wanted]
        if not kept:
            raise BadInput(
                f"scenes='{self.scenes}' leaves none of the {len(infos)} "
                f"keyframes of '{self.ann_file}', which has {len(names)} "
                'scenes.')
        if self.keyframes is not None:
            kept = sorted(
                kept, key=lambda info: (info['scene_name'], info['timestamp']))
            kept = [
                kept[place]
                for place in select_keyframes(len(kept), self.keyframes)
            ]
        return kept

    def _load_checked(self) -> list[dict]:
        """Load the info file; name the remedy for what would fail later."""
        remedy = ("Make it with mmdet3d 1.4.0's converter, as `python "
                  'tools/create_data.py nuscenes` does.')
        with explained_errors(
                self.ann_file,
                f'an info file of format {INFO_VERSION}, which mmdet3d writes '
                'since 1.1', remedy), fetched_ann_file(self,
                                                       self.backend_args):
            infos = super().load_data_list()
        # mmengine has merged the file's metainfo into the dataset's.
        version = str(self._metainfo.get('info_version'))
        if version != INFO_VERSION:
            raise BadInput(f"'{self.ann_file}' has info_version {version}, "
                           f'not {INFO_VERSION}. {remedy}')
        dataset = self._metainfo.get('dataset', 'nuscenes')
        if dataset != 'nuscenes':
            raise BadInput(f"'{self.ann_file}' holds {dataset}, not nuscenes: "
                           "set the dataset's type to CameraLidarDataset, "
                           'which reads any, and its classes to the table of '
                           'your labels.')
        if not infos:
            raise BadInput(f"'{self.ann_file}' lists no keyframe. {remedy}")
        if not self.modality['use_camera']:
            return infos
        return with_cameras(infos, self.ann_file, self.pipeline.transforms)

    def parse_data_info(self, info: dict) -> dict:
        """Resolve paths; each camera has its own folder.

        Paths in mmdet3d's infos are bare file names, so the folder comes
        from ``data_prefix``: ``pts``, ``pts_semantic_mask`` and the cameras'
        own names (``img`` for a camera that is not named).
        """
        for key in self.dropped_keys:
            info.pop(key, None)
        require_keyframe(info, self.ann_file, self.modality['use_camera'])
        paths = {}
        for camera, image in (info.get('images') or {}).items():
            if not isinstance(image, dict) or not image.get('img_path'):
                # LoadCameraImages says which camera that is.
                continue
            prefix = self.data_prefix.get(camera,
                                          self.data_prefix.get('img', ''))
            paths[camera] = osp.join(prefix, image['img_path'])
        info = super().parse_data_info(info)
        for camera, path in paths.items():
            info['images'][camera]['img_path'] = path
        if self.load_sweeps:
            # The first keyframe of a scene has none, and no such key.
            info.setdefault('lidar_sweeps', [])
            root_sweeps(info, self.data_root or '', self.data_prefix)
        return info
