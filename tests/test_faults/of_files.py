"""Situations: info files, labels, configs and manifests that are damaged."""
import json
import pickle
import zipfile

import numpy as np
import torch
from test_faults.scan_files import save
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.datasets import NuScenesLidarSegDataset
from reldistill_mm.datasets.transforms import LoadPointLabels
from reldistill_mm.io.checkpoint import read_state_dict
from reldistill_mm.io.config_file import read_config
from reldistill_mm.teacher_cache.manifest import read_manifest

MADE_BY = ("it may be truncated. Make it with mmdet3d 1.4.0's converter, as "
           '`python tools/create_data.py nuscenes` does.')
NOT_INFO = ("'infos.pkl' is not an info file of format 1.1, which mmdet3d "
            'writes since 1.1 (...); ' + MADE_BY)
INFOS = dict(
    metainfo=dict(info_version='1.1', dataset='nuscenes'),
    data_list=[
        dict(
            sample_idx=0,
            token=f't{index}',
            timestamp=1.5,
            lidar_points=dict(
                lidar_path='a.bin', num_pts_feats=5, note=np.eye(4)),
            images={}) for index in range(3)
    ])


def read_infos(tmp, data: bytes):
    save(tmp / 'infos.pkl', data)
    return NuScenesLidarSegDataset(
        data_root=str(tmp), ann_file='infos.pkl', pipeline=[])


@situation('an info file', 'bytes', RIGHT, 'its keyframes')
def _(tmp):
    data = read_infos(tmp, pickle.dumps(INFOS))
    assert len(data) == 3 and data.get_data_info(1)['token'] == 't1'


@situation('an info file cut off', 'bytes', REFUSED, NOT_INFO)
def _(tmp):
    read_infos(tmp, pickle.dumps(INFOS)[:-50])


@situation('an empty info file', 'bytes', REFUSED, NOT_INFO)
def _(tmp):
    read_infos(tmp, b'')


@situation('an info file of the old kind, a list', 'bytes', REFUSED, NOT_INFO)
def _(tmp):
    read_infos(tmp, pickle.dumps([dict(lidar_path='a.bin')]))


@situation('an info file that would run a program', 'bytes', REFUSED, NOT_INFO)
def _(tmp):
    read_infos(tmp, b'cos\nsystem\n(S"touch ran"\ntR.')


@situation(
    'an info file whose list of keyframes is empty', 'values', REFUSED,
    "'infos.pkl' lists no keyframe. Make it with mmdet3d 1.4.0's converter, "
    'as `python tools/create_data.py nuscenes` does.')
def _(tmp):
    read_infos(tmp, pickle.dumps(dict(INFOS, data_list=[])))


def read_labels(tmp, raw: bytes, count: int, name='a.bin', **options):
    from mmdet3d.structures.points import LiDARPoints
    save(tmp / name, raw)
    table = np.full(1 << 16, 19)
    table[10] = 0
    return LoadPointLabels(**options).transform(
        dict(
            pts_semantic_mask_path=str(tmp / name),
            points=LiDARPoints(torch.zeros(count, 4), points_dim=4),
            lidar_points=dict(lidar_path='scan.bin'),
            seg_label_mapping=table,
            seg_fields=[],
            pts_mask_fields=[],
            pts_seg_fields=[]))['pts_semantic_mask']


KITTI = dict(
    seg_3d_dtype='np.int32', seg_offset=2**16, dataset_type='semantickitti')


@situation(
    'more labels than points', 'bytes', REFUSED,
    "'a.bin' holds 5 labels for 4 points of 'scan.bin'; one of the two "
    'is truncated or belongs to another sweep.')
def _(tmp):
    read_labels(tmp, bytes(5), 4)


@situation('labels with instances in their upper half', 'values', RIGHT,
           'the classes of the lower half')
def _(tmp):
    raw = np.array([10 | 65535 << 16, 10, 99 | 7 << 16], np.uint32)
    assert read_labels(tmp, raw.tobytes(), 3, **KITTI).tolist() == [0, 0, 19]


@situation(
    'a checkpoint of zero bytes', '4', REFUSED,
    "'a.pth' is not a complete checkpoint (...): copy it again, or "
    'take one that tools/train.py has written.')
def _(tmp):
    read_state_dict(save(tmp / 'a.pth', b''))


@situation(
    'a zip in place of a checkpoint', '4', REFUSED,
    "'a.pth' is not a complete checkpoint (...): copy it again, or "
    'take one that tools/train.py has written.')
def _(tmp):
    with zipfile.ZipFile(tmp / 'a.pth', 'w') as archive:
        archive.writestr('a', 'b')
    read_state_dict(tmp / 'a.pth')


def config(tmp, text: str | bytes, name: str = 'a.py'):
    data = text if isinstance(text, bytes) else text.encode()
    return read_config(save(tmp / name, data))


@situation('a config with tabs and other alphabets', 'bytes', RIGHT,
           'its values')
def _(tmp):
    cfg = config(tmp, 'if True:\n\tname = "Straße 道路"\n', 'Straße 1.5.py')
    assert cfg.name == 'Straße 道路'


@situation('a config with tabs and blanks mixed', 'bytes', REFUSED,
           "The config 'a.py' is not valid Python (...).")
def _(tmp):
    config(tmp, 'if True:\n\tx = 1\n        y = 2\n')


@situation('a config in Latin-1', 'bytes', REFUSED,
           "The config 'a.py' cannot be read (UnicodeDecodeError: ...).")
def _(tmp):
    config(tmp, 'name = "Straße"\n'.encode('latin-1'))


@situation(
    'a config that fails', 'bytes', REFUSED,
    "The config 'a.py' cannot be read (NameError: name 'undefined' is "
    'not defined).')
def _(tmp):
    config(tmp, 'x = undefined\n')


@situation('a config whose base is not there', 'names', REFUSED,
           "The config 'a.py' cannot be read (FileNotFoundError: ...).")
def _(tmp):
    config(tmp, "_base_ = ['none.py']\n")


@situation('a JSON config with a byte-order mark', 'bytes', REFUSED,
           "The config 'a.json' cannot be read (JSONDecodeError: ...BOM...).")
def _(tmp):
    config(tmp, b'\xef\xbb\xbf{"x": 1}', 'a.json')


@situation('a JSON config cut off', 'bytes', REFUSED,
           "The config 'a.json' cannot be read (JSONDecodeError: ...).")
def _(tmp):
    config(tmp, '{"x": ', 'a.json')


@situation('a folder in place of a config', 'names', REFUSED,
           "'a.py' is a folder: name one config in it.")
def _(tmp):
    (tmp / 'a.py').mkdir()
    read_config(tmp / 'a.py')


@situation(
    'a manifest of a teacher cache cut off', 'bytes', REFUSED,
    "'manifest.json' is not a manifest of a teacher cache (...): "
    'build the cache with `python tools/cache_teacher.py CONFIG --out '
    '...`.')
def _(tmp):
    whole = json.dumps(dict(identity={}, command=''))
    save(tmp / 'manifest.json', whole[:-5].encode())
    read_manifest(tmp)
