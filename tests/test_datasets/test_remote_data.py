"""Training and test data over HTTP and from S3-like storage."""
import copy
import pickle
import urllib.request

import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from PIL import Image
from small_options import make_options
from tiny_nuscenes import write_keyframes
from tiny_storage import BACKEND, TinyS3, serve

import reldistill_mm
from reldistill_mm.datasets import LidarSegFolderDataset
from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.backend import fill_backend_args, fill_config
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.image_size import read_image_size

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')


@pytest.fixture(scope='module')
def local(tmp_path_factory):
    """Two keyframes whose info names no sizes, and the same with sizes."""
    root = tmp_path_factory.mktemp('data')
    infos = pickle.loads(write_keyframes(root, count=2).read_bytes())
    for info in infos['data_list']:
        for image in info['images'].values():
            image.update(height=90, width=160)
    (root / 'sized.pkl').write_bytes(pickle.dumps(infos))
    return root


@pytest.fixture(scope='module')
def http(local):
    with serve(local) as served:
        yield served


@pytest.fixture(scope='module')
def s3(local):
    TinyS3.objects.clear()
    TinyS3.upload(local, 'bucket/data')
    return 'tiny://bucket/data'


def config(root, tiny_clip, ann_file='infos.pkl', backend=None):
    """A user sets backend_args once, as mmdet3d's configs do."""
    path = reldistill_mm.config_path('reldistill_nus.py')
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(make_options(str(root), ann_file, tiny_clip))
    cfg.merge_from_dict(dict(backend_args=backend or {}))
    fill_config(cfg)
    return cfg


def sample(cfg, split, pipeline=None):
    dataset = copy.deepcopy(cfg[f'{split}_dataloader'].dataset)
    if pipeline is not None:
        dataset.pipeline = pipeline
    np.random.seed(0)
    return DATASETS.build(dataset)[1]


def assert_same(one, other):
    assert one['inputs'].keys() == other['inputs'].keys()
    for key, tensor in one['inputs'].items():
        assert torch.equal(tensor, other['inputs'][key])
    pairs = [each['data_samples'].pairs for each in (one, other)]
    for key in ('point', 'camera', 'uv'):
        assert torch.equal(pairs[0][key], pairs[1][key])
    labels = [each['data_samples'].gt_pts_seg for each in (one, other)]
    for key in labels[0].keys():
        assert torch.equal(labels[0][key], labels[1][key])


@pytest.mark.parametrize('split', ['train', 'val'])
@pytest.mark.parametrize('where', ['http', 's3', 's3 without prefix'])
def test_samples_are_those_of_the_local_folder(local, http, s3, tiny_clip,
                                               where, split):
    root, backend = http[0], None
    if where != 'http':
        root, backend = s3, BACKEND
    if where == 's3 without prefix':
        root = s3.removeprefix('tiny://')
    remote = config(root, tiny_clip, backend=backend)
    here = config(local, tiny_clip)
    for pipeline in (None, 'paired_pipeline'):
        assert_same(
            sample(here, split, pipeline and here[pipeline]),
            sample(remote, split, pipeline and remote[pipeline]))


def test_validation_reads_no_image_where_the_info_has_sizes(
        http, s3, tiny_clip):
    http[1].clear()
    sample(config(http[0], tiny_clip, 'sized.pkl'), 'val')
    assert not [path for path in http[1] if path.endswith('.jpg')]
    TinyS3.reads.clear()
    sample(config(s3, tiny_clip, 'sized.pkl', BACKEND), 'val')
    assert TinyS3.reads and not [
        key for key in TinyS3.reads if key.endswith('.jpg')
    ]


def test_a_header_over_http_is_not_the_whole_image(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (900, 1600, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / 'a.jpg', quality=95)
    size = (tmp_path / 'a.jpg').stat().st_size
    with serve(tmp_path) as (address, _):
        taken = []
        urlopen = urllib.request.urlopen

        def counted(url):
            file = urlopen(url)
            read = file.read
            file.read = lambda n=-1: taken.append(read(n)) or taken[-1]
            return file

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr('reldistill_mm.io.image_size.urlopen', counted)
            assert read_image_size(f'{address}/a.jpg') == (900, 1600)
    assert 0 < sum(map(len, taken)) < size / 50
    (tmp_path / 'b.jpg').write_bytes(b'not an image')
    with serve(tmp_path) as (address, _):
        with pytest.raises(BadInput, match='b.jpg.*not an image'):
            read_image_size(f'{address}/b.jpg')


LOADERS = dict(
    lidar_points=T.LoadLidarPoints(
        load_dim=5, use_dim=4, backend_args=BACKEND),
    images=T.LoadCameraImages(backend_args=BACKEND),
    sizes=T.LoadCameraImages(decode=False, backend_args=BACKEND),
    labels=T.LoadPointLabels(backend_args=BACKEND),
    npy=T.LoadPointLabels(backend_args=BACKEND))


def results(prefix, ending='.bin'):
    return dict(
        lidar_points=dict(lidar_path=f'{prefix}/lidar.bin'),
        pts_semantic_mask_path=f'{prefix}/label{ending}',
        images=dict(CAM=dict(img_path=f'{prefix}/CAM/image.jpg')))


@pytest.mark.parametrize('kind', list(LOADERS))
def test_files_that_are_not_there(kind, s3):
    ending = '.npy' if kind == 'npy' else '.bin'
    with pytest.raises(MissingInput, match='tiny://bucket/none/.*not exist'):
        LOADERS[kind].transform(results('tiny://bucket/none', ending))


def test_addresses_that_are_not_there(http, monkeypatch):
    load = T.LoadLidarPoints(load_dim=5, use_dim=4)
    with pytest.raises(MissingInput, match='lidar.bin.*does not exist'):
        load.transform(results(http[0]))
    with pytest.raises(MissingInput, match='image.jpg.*does not exist'):
        T.LoadCameraImages(decode=False).transform(results(http[0]))
    with pytest.raises(
            BadInput, match='127.0.0.1:9/lidar.bin.*cannot be read'):
        load.transform(results('http://127.0.0.1:9'))


def test_an_info_file_that_is_not_there(http, s3, tiny_clip):
    for root, backend in ((http[0], None), (s3, BACKEND)):
        with pytest.raises(MissingInput, match='info file.*none.pkl'):
            sample(config(root, tiny_clip, 'none.pkl', backend), 'train')


def test_folders_without_info_files_are_local():
    with pytest.raises(BadInput, match="'http://a/b' is an address.*local"):
        LidarSegFolderDataset(layout='semanticposs', data_root='http://a/b')


def test_the_cache_keeps_its_own_backend():
    steps = [
        dict(type='LoadCameraImages', backend_args={}),
        dict(type='LoadCachedPairs', root='cache', backend_args=None),
        dict(type='LoadPointLabels', backend_args=dict(backend='local'))
    ]
    fill_backend_args(steps, BACKEND)
    assert [step['backend_args']
            for step in steps] == [BACKEND, None,
                                   dict(backend='local')]


def test_storage_that_nobody_registered():
    with pytest.raises(BadInput, match="'gs://a/lidar.bin'.*register_backend"):
        T.LoadLidarPoints(load_dim=5, use_dim=4).transform(results('gs://a'))
    with pytest.raises(BadInput, match='backend_args.*not handed on'):
        T.LoadLidarPoints(
            load_dim=5, use_dim=4,
            backend_args=dict(backend='tiny_s3')).transform(results('a'))
