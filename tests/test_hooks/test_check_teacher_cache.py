"""A stale or incomplete cache stops training before its first step."""
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.datasets.transforms import LoadCachedPairs
from reldistill_mm.hooks import CheckTeacherCacheHook
from reldistill_mm.teacher_cache import (Manifest, read_basis, write_basis,
                                         write_manifest)
from reldistill_mm.teacher_cache.cache_key import cache_identity


@pytest.fixture
def cfg():
    return Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))


@pytest.fixture
def root(cfg, tmp_path):
    write_manifest(tmp_path, Manifest(cache_identity(cfg), 'python BUILD'))
    for name in 'ab':
        (tmp_path / f'{name}.safetensors').touch()
    return tmp_path


class Frames:
    """A dataset of keyframes with these tokens."""

    def __init__(self, root, names):
        steps = [LoadCachedPairs(str(root))]
        self.pipeline = SimpleNamespace(transforms=steps)
        self.names = names

    def __len__(self):
        return len(self.names)

    def get_data_info(self, index):
        return dict(token=self.names[index])


def runner(cfg, root, names):
    return SimpleNamespace(
        cfg=cfg, train_dataloader=SimpleNamespace(dataset=Frames(root, names)))


def test_a_whole_fresh_cache_passes(cfg, root):
    CheckTeacherCacheHook().before_train(runner(cfg, root, 'ba'))


def test_missing_key_frames(cfg, root):
    with pytest.raises(
            FileNotFoundError,
            match='lacks 2 of 4 keyframes, e.g. c.safetensors.*BUILD'):
        CheckTeacherCacheHook().before_train(runner(cfg, root, 'abcd'))


def test_another_teacher(cfg, root):
    cfg.model.teacher.stride = 8
    with pytest.raises(ValueError, match='stale.*stride'):
        CheckTeacherCacheHook().before_train(runner(cfg, root, 'ab'))


@pytest.mark.parametrize('split', ['val', 'test'])
def test_what_is_tested_on_features_is_checked_too(cfg, root, split):
    frames = SimpleNamespace(dataset=Frames(root, 'abc'))
    found = SimpleNamespace(cfg=cfg, **{f'{split}_dataloader': frames})
    check = getattr(CheckTeacherCacheHook(), f'before_{split}')
    with pytest.raises(FileNotFoundError, match='lacks 1 of 3'):
        check(found)
    frames.dataset.names = 'ab'
    check(found)
    cfg.model.teacher.stride = 8
    with pytest.raises(ValueError, match='stale.*stride'):
        check(found)


def test_within_wrappers(cfg, root):
    cfg.model.teacher.stride = 8
    inner = SimpleNamespace(datasets=[Frames(root, 'ab')])
    wrapped = SimpleNamespace(dataset=inner)
    with pytest.raises(ValueError, match='stale'):
        CheckTeacherCacheHook().before_train(
            SimpleNamespace(
                cfg=cfg, train_dataloader=SimpleNamespace(dataset=wrapped)))


def test_projections_that_differ(cfg, tmp_path):
    """One basis per batch: the second dataset's features would be nonsense."""

    def frames(name, content):
        root = tmp_path / name
        write_basis(root / 'basis', content)
        digest = read_basis(root / 'basis')[1]
        identity = dict(
            cache_identity(cfg, dims=2),
            projection=dict(file='basis', sha256=digest))
        write_manifest(root, Manifest(identity, 'python BUILD'))
        return Frames(root, '')

    def check(*datasets):
        dataset = SimpleNamespace(datasets=datasets)
        CheckTeacherCacheHook().before_train(
            SimpleNamespace(
                cfg=cfg, train_dataloader=SimpleNamespace(dataset=dataset)))

    one, other = np.eye(3)[:, :2], np.eye(3)[:, 1:]
    check(frames('a', one), frames('b', one))
    with pytest.raises(ValueError, match="'.*/a', '.*/c'.*one batch"):
        check(frames('a', one), frames('c', other))


def test_no_cache_no_check(cfg):
    cfg.model.teacher.pretrained = 'random'
    other = SimpleNamespace(pipeline=SimpleNamespace(transforms=[print]))
    CheckTeacherCacheHook().before_train(
        SimpleNamespace(
            cfg=cfg, train_dataloader=SimpleNamespace(dataset=other)))


def test_two_keyframes_of_one_name(cfg, root):
    """Datasets with equal paths below their roots, in one folder."""

    class Clouds(Frames):

        def get_data_info(self, index):
            path = f'/{self.names}/0.bin'
            return dict(token='a', lidar_points=dict(lidar_path=path))

    inner = SimpleNamespace(datasets=[Clouds(root, 'x'), Clouds(root, 'y')])
    with pytest.raises(
            ValueError, match="'/x/0.bin' and '/y/0.bin' share the name 'a'"):
        CheckTeacherCacheHook().before_train(
            SimpleNamespace(
                cfg=cfg, train_dataloader=SimpleNamespace(dataset=inner)))


def test_a_cache_of_an_earlier_version(cfg, root):
    write_manifest(
        root, Manifest(dict(cache_identity(cfg), format=3), 'python BUILD'))
    with pytest.raises(ValueError, match='format 3.*remove the folder.*BUILD'):
        LoadCachedPairs(str(root))
