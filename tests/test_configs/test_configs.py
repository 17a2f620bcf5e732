"""Every config loads and builds on the CPU; ours add one thing to bases."""
import argparse
import json
import re
import textwrap
from functools import cache
from pathlib import Path

import pytest
import torch
from config_files import (CONFIGS, ROOT, TEMPLATES, classes_of, difference,
                          load, runs_here, step)
from mmdet3d.registry import MODELS
from mmengine.config import Config, DictAction
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import Runner

BASELINES = [name for name in CONFIGS if name.startswith('baselines/')]
NUS = [name for name in BASELINES if name.endswith('_nus.py')]
BASES = sorted((ROOT / '_base_').rglob('*.py'))


@cache
def outputs(model: str) -> int | list[str]:
    """What a model tells apart, built once for all configs that have it."""
    model = json.loads(model)
    if model.get('teacher', {}).get('pretrained') == 'openai':
        # No weights can be downloaded here; the architecture stays.
        model['teacher']['pretrained'] = 'random'
    built = MODELS.build(model)
    if 'zero_shot_head' in model:
        head = built.zero_shot_head
        return None if head is None else head.classes
    return built.decode_head.num_classes


@pytest.mark.parametrize('name', CONFIGS)
def test_builds_on_the_cpu(name, mmdet3d_scope):
    """At full size."""
    if not runs_here(name):
        pytest.skip('no torchsparse here: see test_voxel_student.py')
    cfg = load(name)
    assert cfg.default_scope == 'mmdet3d'
    assert cfg.custom_imports == dict(
        imports=['reldistill_mm'], allow_failed_imports=False)
    found = outputs(json.dumps(cfg.model.to_dict(), sort_keys=True))
    classes = classes_of(cfg)
    if 'zero_shot_head' not in cfg.model:
        assert classes is None or found == len(classes)
    elif cfg.model.zero_shot_head is None:
        assert found is None
    else:
        # Those without labels keep the words of the base.
        assert classes is None or found == classes


def test_every_base_is_part_of_a_config():
    """What builds and runs in its children does so itself."""
    lines = set().union(*(load(name).text.splitlines()
                          for name in (*CONFIGS, *TEMPLATES)))
    assert len(BASES) > 10
    assert [str(path) for path in BASES if str(path) not in lines] == []


def depth(path: Path) -> int:
    """How many files lie one upon the other, mmdet3d's own among them."""
    bases = [
        Config._get_cfg_path(base, str(path))[0]
        for base in Config._get_base_files(str(path))
    ]
    return 1 + max((depth(Path(base)) for base in bases), default=0)


def test_four_files_deep_at_most():
    assert max(depth(ROOT / name) for name in CONFIGS) == 4


def test_steps_have_names():
    """A pipeline cut by position goes wrong when its base gets a step."""
    cut = re.compile(r'pipeline\w*\[|\w\[-?\d*:-?\d*\]|pipeline\.\d')
    found = [
        path.name for path in ROOT.rglob('*.py')
        if cut.search(path.read_text())
    ]
    assert found == []


def test_custom_imports_stand_in_one_base():
    holders = [
        path for path in ROOT.rglob('*.py')
        if 'custom_imports' in path.read_text()
    ]
    assert [path.name for path in holders] == ['default_runtime.py']


def test_the_recipe():
    """What a nuScenes user gets, so that no default drifts unnoticed."""
    cfg = Config.fromfile(ROOT / 'reldistill_nus.py')
    teacher, optimizer = cfg.model.teacher, cfg.optim_wrapper.optimizer
    assert (teacher.model, teacher.pretrained) == ('ViT-B-16-quickgelu',
                                                   'openai')
    assert cfg.model.backbone.type == 'MinkUNetBackbone'
    assert cfg.model.backbone.encoder_blocks == [2, 3, 4, 6]
    assert cfg.model.pair_sampler.count == 4096
    assert (optimizer.type, optimizer.lr) == ('AdamW', 0.01)
    assert cfg.param_scheduler[0].eta_max == 0.01
    assert cfg.train_cfg.max_epochs == 50
    assert cfg.train_dataloader.dataset.scenes is None
    child = Config.fromfile(ROOT / 'reldistill_nus_slidr600.py')
    assert child.train_dataloader.dataset.scenes == 'slidr_600'
    optimizer = child.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.momentum,
            optimizer.dampening) == (0.5, 0.9, 0.1)
    assert child.model == cfg.model


@pytest.mark.parametrize('name', NUS)
def test_no_loss_of_nuscenes_is_stepped_by_the_size_of_its_gradient(name):
    """AdamW with a warm-up, or a rate of its own with its reason."""
    cfg, text = load(name), (ROOT / name).read_text()
    first = cfg.param_scheduler[0]
    if cfg.optim_wrapper.optimizer.type == 'AdamW':
        assert first.type == 'LinearLR' or first.pct_start == 0.1
        assert 'AdamW' in text
    else:
        assert name.endswith('clip2scene_nus.py')
        assert 'Its own optimizer: ' in text


@pytest.mark.parametrize('dataset', ['nus', 'miniworld'])
@pytest.mark.parametrize('name, loss', [
    ('similarity', dict(type='SimilarityLoss')),
    ('contrastive', dict(type='ContrastiveLoss')),
    ('relational_cross', dict(type='RelationalLoss', intra_weight=0.)),
    ('relational_intra', dict(type='RelationalLoss', cross_weight=0.)),
])
def test_baselines_differ_by_their_loss_alone(name, loss, dataset):
    cfg = Config.fromfile(ROOT / f'baselines/{name}_{dataset}.py').to_dict()
    base = Config.fromfile(ROOT / f'reldistill_{dataset}.py').to_dict()
    assert cfg['model']['distill_head'].pop('losses') == [loss]
    del base['model']['distill_head']['losses']
    assert cfg == base


@pytest.mark.parametrize('dataset', ['nus', 'miniworld'])
@pytest.mark.parametrize('name, key, value', [
    ('even', ('pair_sampler', 'type'), 'EvenOverClusters'),
    ('voxels', ('pair_sampler', 'type'), 'EvenOverVoxels'),
    ('distance', ('pair_sampler', 'type'), 'EvenOverDistance'),
    ('mlp', ('projector', 'layers'), 3),
])
def test_baselines_that_differ_by_one_key(name, key, value, dataset):
    cfg = load(f'baselines/relational_{name}_{dataset}.py')
    changed = difference(cfg, load(f'reldistill_{dataset}.py'))
    # Variables that only training on cached features reads.
    part, option = key
    assert changed - {'cached_pipeline', 'all_cached_pairs'} == {
        f'model.{part}.{option}'
    }
    assert cfg.model[part][option] == value


@pytest.mark.parametrize('name, loss, dataset', [
    ('slidr', 'ContrastiveLoss', 'nus'),
    ('slidr', 'ContrastiveLoss', 'miniworld'),
    ('slidr', 'ContrastiveLoss', 'semantickitti'),
    ('stslidr', 'TolerantContrastiveLoss', 'nus'),
    ('stslidr', 'TolerantContrastiveLoss', 'miniworld'),
    ('relational_superpixel', 'RelationalLoss', 'nus'),
    ('relational_superpixel', 'RelationalLoss', 'miniworld'),
])
def test_superpixel_methods_differ_by_few_keys(name, loss, dataset):
    cfg = load(f'baselines/{name}_{dataset}.py')
    assert difference(cfg, load(f'reldistill_{dataset}.py')) <= {
        'model.pair_sampler.type', 'model.pair_sampler.count',
        'model.distill_head.losses', 'train_dataloader.dataset.pipeline',
        'paired_pipeline', 'cached_pipeline'
    }
    assert cfg.model.distill_head.losses == [dict(type=loss)]
    for pipeline, plain in (
        (cfg.train_dataloader.dataset.pipeline, cfg.train_pipeline),
        (cfg.paired_pipeline,
         load(f'reldistill_{dataset}.py').paired_pipeline)):
        slic = step(pipeline, 'SlicSuperpixels')
        assert slic == dict(type='SlicSuperpixels')
        assert [each for each in pipeline if each != slic] == plain


@pytest.mark.parametrize('name', BASELINES)
def test_what_takes_or_pools_all_pairs_does_so_from_a_cache(name):
    """Two thousand of eleven thousand would be another method."""
    cfg = load(name)
    sampler = cfg.model.pair_sampler
    if sampler is not None and sampler.type != 'SuperpixelPool':
        pytest.skip('it draws some of the pairs')
    if cfg.train_dataloader.dataset.get('load_sweeps'):
        pytest.skip('a cache knows no sweeps')
    assert step(cfg.cached_pipeline,
                'LoadCachedPairs') == dict(type='LoadCachedPairs')
    # Clouds are augmented as in its own recipe.
    kinds = 'RandomFlip3D', 'GlobalRotScaleTrans'
    assert [each for each in cfg.cached_pipeline if each.type in kinds] == [
        each for each in cfg.train_dataloader.dataset.pipeline
        if each.type in kinds
    ]


@pytest.mark.parametrize('dataset', ['nus', 'miniworld'])
def test_openscene_differs_by_few_keys(dataset):
    cfg = load(f'baselines/openscene_{dataset}.py')
    base = load(f'reldistill_{dataset}.py')
    assert difference(cfg, base) == {
        'model.projector.layers', 'model.pair_sampler',
        'model.distill_head.losses', 'model.ensemble',
        'val_dataloader.dataset.pipeline', 'test_dataloader.dataset.pipeline',
        'cached_pipeline'
    }
    ensemble = load(f'reldistill_{dataset}_ensemble.py')
    for key in ('val_dataloader', 'test_dataloader'):
        assert cfg[key] == ensemble[key]
    assert cfg.model.ensemble == ensemble.model.ensemble


def test_ppkt_is_contrastive_with_a_resnet():
    cfg = load('baselines/ppkt_nus.py')
    assert difference(cfg, load('baselines/contrastive_nus.py')) == {
        'model.teacher.model', 'model.projector.out_channels'
    }
    assert cfg.model.teacher.model == 'RN50-quickgelu'
    small = load('baselines/ppkt_miniworld.py')
    assert not difference(small, load('baselines/contrastive_miniworld.py'))


@pytest.mark.parametrize('dataset', ['nus', 'miniworld'])
def test_clip2scene_loads_sweeps_after_points(dataset):
    cfg = load(f'baselines/clip2scene_{dataset}.py')
    pipeline = cfg.train_dataloader.dataset.pipeline
    sweeps = step(pipeline, 'LoadSweeps')
    points = step(pipeline, 'LoadLidarPoints')
    assert pipeline.index(sweeps) == pipeline.index(points) + 1
    own = dict(count=2, among=2) if dataset == 'miniworld' else dict(count=2)
    assert dict(sweeps, type='LoadLidarPoints') == dict(points, **own)
    assert [each for each in pipeline if each != sweeps] == cfg.train_pipeline
    changed = difference(cfg, load(f'reldistill_{dataset}.py'))
    model = {key for key in changed if key.startswith('model.')}
    assert model == {'model.pair_sampler', 'model.distill_head.losses'}
    if dataset == 'miniworld':
        assert changed - model == {
            'train_dataloader.dataset.load_sweeps',
            'train_dataloader.dataset.pipeline', 'load_sweeps',
            'sweeps_pipeline'
        }


def schedule(schedulers, lr, epochs, steps):
    """The rate of each step, as the Runner's schedulers set it."""
    optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=lr)
    built = []
    for each in schedulers:
        how = each.to_dict()
        kind = PARAM_SCHEDULERS.get(how.pop('type'))
        assert how.pop('convert_to_iter_based')
        built.append(
            kind.build_iter_from_epoch(
                optimizer=optimizer, epoch_length=steps, **how))
    rates = []
    for _ in range(epochs * steps):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        for each in built:
            each.step()
    return rates


def test_scalr_has_its_recipe(mmdet3d_scope):
    cfg = load('baselines/scalr_nus.py')
    # Its network, and so its weights, are not needed for this.
    teacher = MODELS.build(cfg.model.teacher)
    assert (teacher.embed_dim, teacher.stride) == (1024, 14)
    teacher.require_size(cfg.image_size)
    assert cfg.optim_wrapper.optimizer == dict(
        type='AdamW', lr=2e-3, weight_decay=0.03)
    warm_up, cosine = cfg.param_scheduler
    assert warm_up.end == cosine.begin == 1
    assert cosine.end == cfg.train_cfg.max_epochs == 25
    assert cosine.eta_min == 1e-5
    pipeline = cfg.train_dataloader.dataset.pipeline
    assert step(pipeline, 'SampleCameras').num_cameras == 1
    assert step(pipeline, 'ResizedCropCameras') == dict(
        type='ResizedCropCameras', size=(224, 448), area=None)
    rates = schedule(cfg.param_scheduler, cfg.lr, epochs=25, steps=20)
    assert rates[0] == pytest.approx(2e-7) and max(rates) == rates[20]
    assert rates[10] == pytest.approx(1e-3, rel=.1)
    assert rates[20] == pytest.approx(2e-3)
    assert rates[20 + 240] == pytest.approx((2e-3 + 1e-5) / 2)
    assert rates[-1] == pytest.approx(1e-5, rel=.02)
    small = load('baselines/scalr_miniworld.py')
    assert difference(small, load('reldistill_miniworld.py')) == {
        'model.pair_sampler', 'model.distill_head.losses',
        'model.zero_shot_head', 'cached_pipeline'
    }


def test_the_demo_differs_by_batch_pairs_and_turns():
    base = Config.fromfile(ROOT / 'reldistill_miniworld_cached.py')
    demo = Config.fromfile(ROOT / 'reldistill_miniworld_demo.py')
    pipeline = demo.train_dataloader.dataset.pipeline
    pairs = step(pipeline, 'LoadCachedPairs')
    turn = step(pipeline, 'GlobalRotScaleTrans')
    # mmdet3d's own range for detection on nuScenes.
    assert turn.rot_range == [-0.3925, 0.3925]
    turn.rot_range = base.turn_cloud.rot_range
    # The loss has as many pairs; they come from two keyframes.
    batch = demo.train_dataloader.batch_size
    assert batch * pairs.num_pairs == demo.model.pair_sampler.count
    pairs.num_pairs *= batch
    assert pipeline == base.train_dataloader.dataset.pipeline
    assert batch == 2 * base.train_dataloader.batch_size
    for key in ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg',
                'val_dataloader', 'randomness'):
        assert demo[key] == base[key]


def test_a_downstream_project_inherits_in_one_line(tmp_path, monkeypatch,
                                                   small_options):
    """A config elsewhere, run from elsewhere, trains one iteration."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / 'mine.py'
    path.write_text(
        textwrap.dedent("""
        _base_ = [__import__('reldistill_mm').config_path('reldistill_nus.py')]
        train_cfg = dict(max_epochs=1)
        """))
    cfg = Config.fromfile(path)
    assert cfg.train_cfg.max_epochs == 1
    assert cfg.custom_imports['imports'] == ['reldistill_mm']
    cfg.merge_from_dict(small_options)
    cfg.work_dir = str(tmp_path / 'work')
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    assert (tmp_path / 'work/epoch_1.pth').is_file()


def test_words_of_one_class_by_cfg_options(mmdet3d_scope):
    """As typed: ...vocabulary.car=[car,taxi,police_car]."""
    cfg = Config.fromfile(ROOT / 'reldistill_nus.py')
    cfg.merge_from_dict(
        {'model.zero_shot_head.vocabulary.car': ['car', 'police_car']})
    head = MODELS.build(cfg.model.zero_shot_head)
    assert head.vocabulary['car'] == ['car', 'police car']
    assert head.classes[3] == 'car' and len(head.classes) == 16


def test_other_classes_by_cfg_options(mmdet3d_scope):
    """As typed: a vocabulary by name, or classes of one's own."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    head = 'model.zero_shot_head'
    for typed, words in ((['vocabulary=waymo'], 'traffic light'), ([
            'vocabulary._delete_=True', 'vocabulary.wet=puddle',
            'vocabulary.dry=[dry_road,sand]'
    ], 'dry road')):
        options = [f'{head}.{text}' for text in (*typed, 'classes=None')]
        cfg = Config.fromfile(ROOT / 'reldistill_nus.py')
        cfg.merge_from_dict(
            parser.parse_args(['--cfg-options', *options]).cfg_options)
        built = MODELS.build(cfg.model.zero_shot_head)
        assert words in built.words
        assert len(built.classes) == (22 if len(typed) == 1 else 2)


def test_a_config_that_mmengine_wrote_out_keeps_the_class_order(
        tmp_path, mmdet3d_scope):
    """Config.dump sorts keys; every run's work dir holds such a file."""
    path = tmp_path / 'dumped.py'
    Config.fromfile(ROOT / 'reldistill_nus.py').dump(path)
    cfg = Config.fromfile(path)
    head = MODELS.build(cfg.model.zero_shot_head)
    assert head.classes == list(cfg.val_dataloader.dataset.metainfo.classes)
