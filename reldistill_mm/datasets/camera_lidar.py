"""Cameras and LiDAR of any info file in mmdet3d's format."""
import os.path as osp
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmdet3d.datasets import Seg3DDataset
from mmdet3d.registry import DATASETS
from mmengine.logging import print_log

from ..errors import BadInput, MissingInput
from ..functional import label_table
from ..functional.closest import closest
from ..functional.label_table import NUM_KITTI_IDS, check_classes
from .check_infos import (info_name, require_keyframe, tell_repeated,
                          with_cameras)
from .class_names import check_palette, own_metainfo, read_classes
from .converted import below, find_folders
from .info_file import AddressedData, explained_errors, fetched_ann_file
from .scan_subsets import keep_scans
from .sweeps import keep_sweeps

_REMEDY = ("Make it with mmdet3d 1.4.0's converter, as `python "
           'tools/create_data.py kitti` does, or see "The info file" in '
           'docs/own_data.md.')
# Boxes and images between keyframes are most of an info; nothing reads them.
_UNUSED = ('instances', 'instances_ignore', 'cam_instances',
           'cam_sync_instances', 'ann_info', 'image_sweeps', 'radar_points',
           'plane')


@DATASETS.register_module()
class CameraLidarDataset(AddressedData, Seg3DDataset):
    """Keyframes of any info file (version 2) with clouds and images.

    Of KITTI, Waymo, Lyft and nuScenes by mmdet3d's converters, or one's own.
    Labels are optional.

    Args:
        ann_file (str): The info file, below ``data_root``.
        data_root (str, optional): Folder of the data, or its address.
        classes (Mapping, optional): Name of each class to its raw id, or to
            several, in label order; other ids are ignored. Defaults to None,
            data without labels.
        cameras (Sequence[str], optional): Names of the cameras to use, in
            this order. Defaults to None, all that have images.
        sweeps_num (int): Most sweeps per keyframe that :class:`LoadScanPoints`
            adds. Defaults to 0.
        scans (str | list[str], optional): Subset of the keyframes,
            ``'every_100th_scan'`` (any number) or names (``token``, else
            ``sample_idx``). Defaults to None, all.
        data_prefix (dict, optional): Folders below ``data_root``: ``pts``,
            ``sweeps``, ``pts_semantic_mask``, and ``img`` or the cameras' own
            names. Defaults to None: those in which mmdet3d's converter found
            the dataset that the info file names; ``data_root`` for any other.
        metainfo (dict, optional): ``classes`` may name a subset of the
            classes, the rest is then ignored; ``palette`` has a colour for
            each. Defaults to None: all, in colours that differ.
        modality (dict, optional): Defaults to LiDAR and cameras.
        ignore_index (int, optional): Defaults to None, the number of classes.
        paired_pipeline (list[dict], optional): Steps by which
            ``tools/cache_teacher.py`` and others read this set alone, for a
            training on several with images of different sizes. Defaults to
            None, the config's.
        kwargs: Arguments of :class:`mmdet3d.datasets.Seg3DDataset`.

    Raises:
        MissingInput: No info file, or no cloud where it should be.
        BadInput: It is no info file, or a camera, class or subset is unknown.
    """

    def __init__(self,
                 ann_file: str,
                 data_root: str | None = None,
                 classes: Mapping | None = None,
                 cameras: Sequence[str] | None = None,
                 sweeps_num: int = 0,
                 scans: str | list[str] | None = None,
                 data_prefix: dict | None = None,
                 metainfo: dict | None = None,
                 modality: dict | None = None,
                 ignore_index: int | None = None,
                 paired_pipeline: list[dict] | None = None,
                 **kwargs) -> None:
        self.raw_ids = read_classes(classes, 'classes')
        self.cameras = _listed_names(cameras)
        if not isinstance(sweeps_num, int) or sweeps_num < 0:
            raise BadInput(f'sweeps_num={sweeps_num!r} is not a number of '
                           'sweeps; 0 takes the keyframe alone.')
        self.sweeps_num, self.scans = sweeps_num, scans
        self.paired_pipeline = paired_pipeline
        self._folders: dict[str, str] | None = None
        self._with_image: set[str] = set()
        self._without_image: set[str] = set()
        # mmdet3d looks classes up in METAINFO; here they are the config's.
        self.METAINFO = own_metainfo(tuple(self.raw_ids))
        metainfo = dict(metainfo or {})
        metainfo['classes'] = tuple(
            metainfo.get('classes') or self.METAINFO['classes'])
        if metainfo['classes']:
            check_classes(metainfo['classes'], self.METAINFO['classes'])
        check_palette(metainfo)
        if ignore_index is None:
            ignore_index = len(metainfo['classes'])
        super().__init__(
            ann_file=ann_file,
            data_root=data_root,
            metainfo=metainfo,
            data_prefix=dict(data_prefix or {}),
            modality=modality or dict(use_lidar=True, use_camera=True),
            ignore_index=ignore_index,
            **kwargs)

    def get_seg_label_mapping(self, metainfo: dict) -> np.ndarray:
        """Table (65536,) int64 from raw ids to labels.

        Every id that no class claims maps to ``ignore_index``.
        """
        if not metainfo['classes']:
            return np.full(NUM_KITTI_IDS, self.ignore_index, np.int64)
        return label_table(self.raw_ids, metainfo['classes'],
                           self.ignore_index, NUM_KITTI_IDS)

    def load_data_list(self) -> list[dict]:
        """Load the info file, check it, keep the wanted keyframes."""
        own = set(self._metainfo)
        with explained_errors(self.ann_file,
                              'an info file of mmdet3d, version 2',
                              _REMEDY), fetched_ann_file(
                                  self, self.backend_args):
            infos = super().load_data_list()
        # Sets of several kinds are joined by what they have in common.
        for key in set(self._metainfo) - own:
            del self._metainfo[key]
        if not infos:
            raise BadInput(f"'{self.ann_file}' lists no keyframe. {_REMEDY}")
        tell_repeated(infos, self.ann_file, self.test_mode)
        self._require_first_cloud(infos[0])
        if self.scans is not None:
            infos = keep_scans(infos, self.scans, self.ann_file)
        if not self.modality['use_camera']:
            return infos
        self._tell_cameras()
        return with_cameras(infos, self.ann_file, self.pipeline.transforms)

    def parse_data_info(self, info: dict) -> dict:
        """Keep what is used of an info, and resolve its paths."""
        for key in _UNUSED:
            info.pop(key, None)
        if self.modality['use_camera']:
            info['images'] = self._cameras_of(info)
        else:
            info.pop('images', None)
        require_keyframe(info, self.ann_file, self.modality['use_camera'])
        if self._folders is None:
            self._folders = find_folders(
                self._metainfo.get('dataset', ''), self.data_root or '',
                self.data_prefix, info['lidar_points']['lidar_path'])
        for name, camera in (info.get('images') or {}).items():
            camera['img_path'] = self._path(name, camera['img_path'], 'img')
        keep_sweeps(info, self.sweeps_num, self.data_root or '', self._folders)
        for key in ('pts_semantic_mask', 'pts_instance_mask'):
            if info.get(f'{key}_path'):
                info[f'{key}_path'] = self._path(key, info[f'{key}_path'])
        cloud = info['lidar_points']
        cloud['lidar_path'] = self._path('pts', cloud['lidar_path'])
        info['lidar_path'] = cloud['lidar_path']
        if 'num_pts_feats' in cloud:
            info['num_pts_feats'] = cloud['num_pts_feats']
        name = info.get('token') or info.get('sample_idx')
        info.setdefault('sample_id',
                        str(cloud['lidar_path'] if name is None else name))
        info['seg_label_mapping'] = self.seg_label_mapping
        info['ignore_index'] = self.ignore_index
        if self.test_mode and self.load_eval_anns:
            info['eval_ann_info'] = dict()
        return info

    def _path(self, key: str, path: str, instead: str = '') -> str:
        folders = self._folders or {}
        folder = folders.get(key, folders.get(instead, self.data_root or ''))
        return below(folder, path)

    def _cameras_of(self, info: Mapping[str, Any]) -> dict[str, Any]:
        """The cameras of an info that are wanted and have an image.

        KITTI's infos have matrices of cameras without images, and R0_rect
        among them.
        """
        found = info.get('images') or {}
        if not isinstance(found, Mapping):
            raise BadInput(
                f"The keyframe {info_name(info)} of '{self.ann_file}' has "
                f'images of {type(found).__name__}, not a dict from the '
                "cameras' names to their images.")
        images = {}
        for name, camera in found.items():
            if isinstance(camera, Mapping) and camera.get('img_path'):
                images[name] = dict(camera)
                self._with_image.add(name)
            elif isinstance(camera, Mapping):
                self._without_image.add(name)
        if self.cameras is None:
            return images
        return {name: images[name] for name in self.cameras if name in images}

    def _tell_cameras(self) -> None:
        """Refuse cameras that no keyframe has; tell those without images."""
        there = self._with_image
        for name in self.cameras or ():
            if name not in there:
                without = name in self._without_image
                raise BadInput(
                    f"cameras={self.cameras}: no keyframe of '{self.ann_file}'"
                    f" has {'an image of' if without else 'the camera'} "
                    f"'{name}'{closest(name, sorted(there))}")
        left = sorted(self._without_image - there)
        if self.cameras is None and left:
            print_log(
                f"'{self.ann_file}' names no image (img_path) of {left}: "
                f'{sorted(there) or "no camera"} is used.',
                logger='current')

    def _require_first_cloud(self, info: dict) -> None:
        path = info['lidar_points']['lidar_path']
        if '://' not in path and not osp.isfile(path):
            raise MissingInput(
                f"The point cloud '{path}' of the first keyframe of "
                f"'{self.ann_file}' does not exist: check data_root, or give "
                "the clouds' folder below it as data_prefix.pts.")


def _listed_names(cameras: Any) -> list[str] | None:
    if cameras is None:
        return None
    if (isinstance(cameras, str) or not isinstance(cameras, Sequence)
            or not cameras or not all(isinstance(c, str) for c in cameras)):
        raise BadInput(f'cameras={cameras!r} is not a list of names: write '
                       "cameras=['CAM2'], or None for all of them.")
    twice = sorted({name for name in cameras if list(cameras).count(name) > 1})
    if twice:
        raise BadInput(f'cameras={list(cameras)} names {twice} twice.')
    return list(cameras)
