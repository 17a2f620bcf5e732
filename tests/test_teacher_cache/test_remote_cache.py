"""A cache on S3-like storage, and one that is read over HTTP."""
import copy
from types import SimpleNamespace

import numpy as np
import pytest
from mmdet3d.registry import DATASETS
from test_teacher_cache.test_build import Maker
from tiny_storage import BACKEND, TinyS3, serve

from reldistill_mm.apis.cache_teacher import cache_teacher
from reldistill_mm.datasets.transforms import LoadCachedPairs
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.hooks import CheckTeacherCacheHook
from reldistill_mm.teacher_cache import PairFileError, read_manifest
from reldistill_mm.teacher_cache.root import fill_cache_root

ROOT = 'tiny://bucket/cache'


@pytest.fixture(scope='module')
def maker(keyframes, tiny_clip, clip_weights):
    from mmengine.registry import DefaultScope
    from small_options import make_options
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    if not DefaultScope.check_instance_created('tests'):
        DefaultScope.get_instance('tests', scope_name='mmdet3d')
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        yield Maker(options)


def build(maker, root=ROOT, **kwargs):
    """Maker.build makes a local path of it."""
    from reldistill_mm.teacher_cache import Manifest
    from reldistill_mm.teacher_cache.build import build_cache
    from reldistill_mm.teacher_cache.cache_key import cache_identity
    identity = cache_identity(maker.cfg, None, kwargs.pop('dims', None), 0)
    return build_cache(
        maker.model,
        maker.dataset,
        root,
        Manifest(identity, 'python BUILD'),
        backend_args=BACKEND,
        **kwargs)


@pytest.fixture(autouse=True)
def empty():
    TinyS3.objects.clear()


def cached_samples(maker, **load):
    dataset = copy.deepcopy(maker.cfg.train_dataloader.dataset)
    dataset.pipeline = [
        maker.cfg.load_points,
        dict(type='LoadCachedPairs', **load),
        dict(type='PackPairs', keys=['points'])
    ]
    dataset = DATASETS.build(dataset)
    return dataset, [dataset[index]['data_samples'] for index in (0, 1)]


def content(samples):
    return [{
        key: np.asarray(sample.pairs[key])
        for key in ('point', 'camera', 'uv', 'depth', 'features')
    } for sample in samples]


def assert_same(one, other):
    for first, second in zip(content(one), content(other)):
        for key, column in first.items():
            np.testing.assert_array_equal(column, second[key])


@pytest.mark.parametrize('workers', [0, 1])
def test_the_files_are_those_of_a_local_folder(maker, tmp_path, workers):
    if workers:
        report = build(maker, workers=workers)
    else:
        report = build(maker)
    assert report.outcomes == {'built': 2}
    maker.build(tmp_path)
    for path in tmp_path.iterdir():
        assert TinyS3.objects[f'bucket/cache/{path.name}'] == path.read_bytes()
    _, local = cached_samples(maker, root=str(tmp_path))
    _, remote = cached_samples(maker, root=ROOT, backend_args=BACKEND)
    assert_same(local, remote)
    with serve(tmp_path) as (address, _):
        _, over_http = cached_samples(maker, root=address)
    assert_same(local, over_http)


def test_resume_and_repair(maker):
    build(maker)
    name = 'bucket/cache/token0.safetensors'
    whole = TinyS3.objects[name]
    assert build(maker).outcomes == {'kept': 2}
    TinyS3.objects[name] = whole[:-7]
    with pytest.raises(PairFileError, match='tiny://.*token0.*python BUILD'):
        cached_samples(maker, root=ROOT, backend_args=BACKEND)
    assert build(maker).outcomes == {'kept': 1, 'rebuilt, damaged': 1}
    assert TinyS3.objects[name] == whole
    del TinyS3.objects[name]
    with pytest.raises(MissingInput, match='tiny://.*token0.*python BUILD'):
        cached_samples(maker, root=ROOT, backend_args=BACKEND)
    assert build(maker).outcomes == {'kept': 1, 'built': 1}


def test_projected(maker, tmp_path):
    build(maker, dims=12)
    maker.build(tmp_path, dims=12)
    assert read_manifest(ROOT, BACKEND) == read_manifest(tmp_path)
    _, remote = cached_samples(maker, root=ROOT, backend_args=BACKEND)
    _, local = cached_samples(maker, root=str(tmp_path))
    assert_same(local, remote)
    assert (remote[0].teacher_basis == local[0].teacher_basis).all()
    assert build(maker, dims=12).outcomes == {'kept': 2}


def test_the_hook_counts_files_where_they_can_be_listed(maker, tmp_path):

    def check(**load):
        dataset, _ = cached_samples(maker, **load)
        runner = SimpleNamespace(
            cfg=maker.cfg, train_dataloader=SimpleNamespace(dataset=dataset))
        if 'tiny' in load['root']:
            TinyS3.objects.pop('bucket/cache/token1.safetensors')
        CheckTeacherCacheHook().before_train(runner)

    build(maker)
    with pytest.raises(MissingInput, match='lacks 1 of 2.*token1'):
        check(root=ROOT, backend_args=BACKEND)
    maker.build(tmp_path)
    with serve(tmp_path) as (address, _):
        check(root=address)


def test_no_cache_there(maker, tmp_path):
    with pytest.raises(MissingInput, match="no teacher cache in 'tiny://"):
        LoadCachedPairs(ROOT, backend_args=BACKEND)
    with serve(tmp_path) as (address, _):
        with pytest.raises(MissingInput, match="no teacher cache in 'http"):
            LoadCachedPairs(address)
        with pytest.raises(BadInput, match='cannot be written by HTTPBackend'):
            from reldistill_mm.teacher_cache import Manifest, write_manifest
            write_manifest(address, Manifest({}, ''))


def test_by_the_configs_two_variables(maker, keyframes, tmp_path):
    import reldistill_mm
    options = {key: value for key, value in maker.options.items()}
    options['teacher_cache_root'] = ROOT
    options['teacher_cache_backend_args'] = BACKEND
    path = reldistill_mm.config_path('reldistill_nus_cached.py')
    root, report = cache_teacher(
        path, 'python BUILD --out {root}', workers=0, options=options)
    assert root == ROOT and report.outcomes == {'built': 2}
    assert 'bucket/cache/manifest.json' in TinyS3.objects
    from mmengine.config import Config
    cfg = Config.fromfile(path)
    cfg.merge_from_dict(options)
    loader = fill_cache_root(cfg.train_dataloader, cfg.teacher_cache_root,
                             cfg.teacher_cache_backend_args)
    sample = DATASETS.build(loader['dataset'])[0]['data_samples']
    assert len(sample.pairs.features) == 1024
