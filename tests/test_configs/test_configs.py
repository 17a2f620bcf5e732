"""Every config loads and builds on the CPU; ours add one thing to bases."""
import argparse
import json
import re
import textwrap
from functools import cache
from pathlib import Path

import pytest
from config_files import (CONFIGS, ROOT, classes_of, difference, load,
                          runs_here, step)
from mmdet3d.registry import MODELS
from mmengine.config import Config, DictAction
from mmengine.runner import Runner

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
        return built.zero_shot_head.classes
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
    assert found == (
        classes if 'zero_shot_head' in cfg.model else len(classes))


def test_every_base_is_part_of_a_config():
    """What builds and runs in its children does so itself."""
    lines = set().union(*(load(name).text.splitlines() for name in CONFIGS))
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
    assert (optimizer.lr, optimizer.momentum,
            optimizer.dampening) == (0.5, 0.9, 0.1)
    assert cfg.train_cfg.max_epochs == 50
    assert cfg.train_dataloader.dataset.scenes is None
    child = Config.fromfile(ROOT / 'reldistill_nus_slidr600.py')
    assert child.train_dataloader.dataset.scenes == 'slidr_600'


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
def test_the_even_baseline_differs_by_its_sampler_alone(dataset):
    cfg = load(f'baselines/relational_even_{dataset}.py')
    changed = difference(cfg, load(f'reldistill_{dataset}.py'))
    # Variables that only training on cached features reads.
    assert changed - {'cached_pipeline', 'all_cached_pairs'} == {
        'model.pair_sampler.type'
    }
    assert cfg.model.pair_sampler.type == 'EvenOverClusters'


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
        'paired_pipeline'
    }
    assert cfg.model.distill_head.losses == [dict(type=loss)]
    for pipeline, plain in (
        (cfg.train_dataloader.dataset.pipeline, cfg.train_pipeline),
        (cfg.paired_pipeline,
         load(f'reldistill_{dataset}.py').paired_pipeline)):
        slic = step(pipeline, 'SlicSuperpixels')
        assert slic == dict(type='SlicSuperpixels')
        assert [each for each in pipeline if each != slic] == plain


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
