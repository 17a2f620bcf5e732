"""What decides the features, told from the config alone."""
import json
import shutil
from pathlib import Path

import pytest
from config_files import step
from mmengine.config import Config

import reldistill_mm
from miniworld import tiny_clip
from reldistill_mm.errors import BadInput
from reldistill_mm.models.teachers import build_clip
from reldistill_mm.models.teachers.clip_key import clip_key
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.cache_key import (cache_identity,
                                                   check_config,
                                                   config_identity,
                                                   require_same_superpixels)


def load(name='reldistill_nus.py', **options):
    """With options; those of ``paired_pipeline`` name the type of a step."""
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    for key, value in options.items():
        pipeline, _, rest = key.partition('.')
        if pipeline == 'paired_pipeline':
            kind, argument = rest.split('.')
            step(cfg.paired_pipeline, kind)[argument] = value
        else:
            cfg.merge_from_dict({key: value})
    return cfg


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    """Nothing here may build a CLIP."""
    monkeypatch.setattr(build_clip.open_clip, 'create_model', None)


def test_identities_are_json_and_the_same_for_the_cached_child():
    for name in ('nus', 'miniworld'):
        found = cache_identity(load(f'reldistill_{name}.py'), 100, 8, 3)
        assert json.loads(json.dumps(found)) == found
        assert found['pairs'] == 100 and found['seed'] == 3
        child = load(f'reldistill_{name}_cached.py')
        assert cache_identity(child, 100, 8, 3) == found


@pytest.mark.parametrize('options', [
    {'model.teacher.pretrained': 'laion2b_s34b_b88k'},
    {'model.teacher.model': 'ViT-B-32-quickgelu'},
    {'model.teacher.quick_gelu': True},
    {'model.teacher.stride': 8},
    {'model.data_preprocessor.mean': [1., 2., 3.]},
    {'paired_pipeline.ResizedCropCameras.size': (448, 832)},
    {'paired_pipeline.PairPointsWithPixels.occlusion': dict(cell=4)},
    {'paired_pipeline.PairPointsWithPixels.min_depth': 2.},
    {'model.data_preprocessor.pad_size_divisor': 128},
    {'model.data_preprocessor.type': 'Det3DDataPreprocessor'},
])  # yapf: disable
def test_what_changes_features_changes_the_identity(options):
    manifest = Manifest(cache_identity(load()), 'python BUILD')
    check_config(load(), manifest, 'ROOT')
    changed = load(**options)
    with pytest.raises(ValueError, match="'ROOT' is stale.*python BUILD"):
        check_config(changed, manifest, 'ROOT')


@pytest.mark.parametrize('options', [
    {'model.teacher.images_per_step': 1},
    {'model.teacher.cache_dir': '/elsewhere'},
    {'model.pair_sampler.count': 7},
    {'model.data_preprocessor.max_voxels': 7},
    {'paired_pipeline.LoadLidarPoints.use_dim': 3},
    {'train_dataloader.dataset.data_root': '/elsewhere'},
])  # yapf: disable
def test_what_does_not_change_features_does_not(options):
    assert config_identity(load(**options)) == config_identity(load())


def test_weights_are_known_by_content_not_by_place(tmp_path):
    model = Path(tiny_clip.__file__).parent / 'model'
    shutil.copytree(model, tmp_path / 'copy')
    before = clip_key(f'local-dir:{model}')
    assert clip_key(f"local-dir:{tmp_path / 'copy'}") == before
    weights = tmp_path / 'copy/open_clip_model.safetensors'
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert clip_key(f"local-dir:{tmp_path / 'copy'}") != before
    # A tag that a config inherits stands for nothing in a folder.
    assert clip_key(f'local-dir:{model}', 'openai') == before
    assert before['weights'].startswith('sha256:')


def test_a_model_config_is_known_by_its_content(tiny_clip, tmp_path):
    path = tmp_path / Path(tiny_clip).name
    config = json.loads(Path(tiny_clip).read_text())
    path.write_text(json.dumps(config))
    before = clip_key(tiny_clip, 'tag')
    assert clip_key(str(path), 'tag') == before
    config['vision_cfg']['layers'] += 1
    path.write_text(json.dumps(config))
    assert clip_key(str(path), 'tag') != before


def test_what_cannot_be_cached():
    random = load(**{'model.teacher.pretrained': 'random'})
    with pytest.raises(ValueError, match='random.*save_model'):
        config_identity(random)
    for random_step in (dict(type='RandomFlipCameras'),
                        dict(type='ResizedCropCameras', size=(32, 64))):
        cfg = load()
        cfg.paired_pipeline.insert(-1, random_step)
        with pytest.raises(ValueError, match='paired_pipeline augments'):
            config_identity(cfg)


def test_superpixels_that_training_does_not_take():
    """A child that changes the training alone, and its cache keeps SLIC's."""
    cfg = Config.fromfile(reldistill_mm.config_path('baselines/slidr_nus.py'))
    taught = cfg.train_dataloader.dataset.pipeline
    require_same_superpixels(cfg, taught)
    require_same_superpixels(cfg, cfg.cached_pipeline)
    masks = [
        dict(type='LoadSuperpixels', files='{stem}.png')
        if step.type == 'SlicSuperpixels' else step for step in taught
    ]
    with pytest.raises(BadInput, match='LoadSuperpixels.*SlicSuperpixels'):
        require_same_superpixels(cfg, masks)
