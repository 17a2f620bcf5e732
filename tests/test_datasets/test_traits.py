"""Transforms say what they are; silence counts as changing the cache."""
import pytest
from mmcv.transforms import BaseTransform, Compose
from mmdet3d.registry import TRANSFORMS
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.apis import points_only_pipeline
from reldistill_mm.datasets.transforms import (LoadLidarPoints,
                                               RandomFlipCameras)
from reldistill_mm.datasets.transforms.traits import (is_cache_neutral,
                                                      is_random, labels_only,
                                                      needs_cameras,
                                                      pairs_points)
from reldistill_mm.errors import BadInput
from reldistill_mm.teacher_cache.cache_key import config_identity


@TRANSFORMS.register_module()
class SilentStep(BaseTransform):
    """Says nothing but that it draws nothing."""
    random = False

    def transform(self, results):
        return results


@TRANSFORMS.register_module()
class SilentLoader(LoadLidarPoints):
    """Inherits from one that is neutral, and may do something else."""
    random = False


@TRANSFORMS.register_module()
class SilentDraw(BaseTransform):
    """Says nothing, and draws."""

    def transform(self, results):
        return results


@TRANSFORMS.register_module()
class JitterCameras(SilentStep):
    """Of another package."""
    needs_cameras = random = True


@TRANSFORMS.register_module()
class CountPoints(SilentStep):
    """Of another package."""
    cache_neutral = True


def load():
    return Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))


@pytest.mark.parametrize('kind', ['SilentStep', 'SilentLoader', SilentStep])
def test_silence_changes_the_cache(kind):
    cfg, before = load(), config_identity(load())
    cfg.paired_pipeline.insert(1, dict(type=kind))
    assert config_identity(cfg) != before


def test_what_says_that_it_is_neutral_does_not():
    cfg, before = load(), config_identity(load())
    cfg.paired_pipeline.insert(1, dict(type='CountPoints'))
    assert config_identity(cfg) == before


@pytest.mark.parametrize('step', [
    dict(type='JitterCameras'),
    dict(type='SilentDraw'),
    dict(type='RandomJitterPoints'),
    dict(type='mmcv.RandomChoice', transforms=[[dict(type='SilentStep')], []]),
])  # yapf: disable
def test_what_draws_or_may_draw_cannot_be_cached(step):
    cfg = load()
    cfg.paired_pipeline.insert(-1, step)
    with pytest.raises(BadInput, match=f"augments.*{step['type']}.*random ="):
        config_identity(cfg)


def test_what_wraps_a_step_that_draws_draws():
    flip = dict(type='RandomFlipCameras')
    whole = dict(type='ResizedCropCameras', area=None)
    step = dict(type='mmcv.RandomApply', transforms=[flip], prob=.5)
    assert is_random(step)
    assert is_random(dict(type='Compose', transforms=[step]))
    assert is_random(dict(type='Compose', transforms=[[whole], [flip]]))
    assert needs_cameras(dict(type='Compose', transforms=[[whole]]))
    assert needs_cameras(Compose([RandomFlipCameras()]))
    assert not is_random(dict(type='Compose', transforms=[whole]))


def test_cameras_of_another_package_are_left_out():
    steps = [dict(type='JitterCameras'), dict(type='CountPoints')]
    assert points_only_pipeline(steps) == steps[1:]


def test_a_copy_of_the_transform_to_copy_draws_nothing():
    kind = TRANSFORMS.get('ScaleIntensity')
    assert not is_random(dict(type=type('Copy', (kind, ), {})))


def test_ours():
    kinds = [
        dict(type=name) for name, kind in TRANSFORMS.module_dict.items()
        if kind.__module__.startswith('reldistill_mm')
    ]

    def which(says):
        return {step['type'] for step in kinds if says(step)}

    draw = {'SampleCameras', 'RandomFlipCameras', 'ResizedCropCameras'}
    assert which(is_random) == draw | {'LoadSweeps', 'ThinPoints'}
    assert not is_random(dict(type='ResizedCropCameras', area=None))
    assert which(needs_cameras) == draw | {
        'LoadCameraImages', 'PairPointsWithPixels', 'LoadCachedPairs',
        'SlicSuperpixels', 'LoadSuperpixels', 'TurnCalibration'
    }
    assert which(pairs_points) == {'PairPointsWithPixels'}
    assert which(labels_only) == {'LoadPointLabels', 'LoadScanLabels'}
    assert which(is_cache_neutral) == {
        'LoadLidarPoints', 'LoadFolderPoints', 'LoadPointLabels', 'PackPairs',
        'LoadScanLabels', 'LoadScanPoints', 'ScaleIntensity',
        'CheckPointColumns', 'MatchIntensity', 'SetIntensity', 'ShiftHeight'
    }
    # One that nobody registered says nothing, either.
    assert not is_cache_neutral(dict(type='NoSuchStep'))
