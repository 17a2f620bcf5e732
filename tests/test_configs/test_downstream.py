"""The protocols: recipes, data, learning rates and weights."""
import argparse
import math
import re

import pytest
import torch
from config_files import CONFIGS, ROOT, classes_of, difference, load
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import DictAction
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS

from reldistill_mm.datasets import LAYOUTS
from reldistill_mm.experiments.plan import subset_name

PROTOCOLS = [path for path in CONFIGS if path.startswith('downstream/')]
TRAINED = [path for path in PROTOCOLS if '/test_' not in path]


@pytest.mark.parametrize('name', PROTOCOLS)
def test_data_of_every_config(name, options, mmdet3d_scope):
    """The subset has frames, and a sample its points and labels."""
    cfg = load(name, options)
    for loader in filter(None, (cfg.train_dataloader, cfg.test_dataloader)):
        dataset = DATASETS.build(loader.dataset)
        sample = dataset[0]
        points = sample['inputs']['points']
        labels = sample['data_samples'].gt_pts_seg.pts_semantic_mask
        assert len(dataset) > 0 and len(points) == len(labels) >= 40
        assert points.shape[1] == 4
        assert labels.max() <= len(dataset.metainfo['classes'])


@pytest.mark.parametrize('name', TRAINED)
def test_every_tensor_of_the_backbone_loads(name, options, distilled,
                                            mmdet3d_scope):
    saved = torch.load(distilled, weights_only=True)['state_dict']
    model = MODELS.build(load(name, options).model)
    model.init_weights()
    state = model.backbone.state_dict()
    assert len(state) == sum(n.startswith('backbone.') for n in saved)
    for tensor_name, tensor in state.items():
        assert torch.equal(tensor, saved[f'backbone.{tensor_name}'])


@pytest.mark.parametrize('name', PROTOCOLS)
def test_as_many_outputs_as_classes(name, mmdet3d_scope):
    """Of the info files' datasets, and of the layouts' tables."""
    cfg = load(name)
    classes = len(classes_of(cfg))
    head = MODELS.build(cfg.model.decode_head)
    assert head.conv_seg.out_features == classes
    assert head.ignore_index == head.num_classes == classes
    pretrained = cfg.model.backbone.get('init_cfg') is not None
    assert pretrained == (name in TRAINED)


@pytest.mark.parametrize('distiller, name', [
    ('reldistill_nus.py', 'downstream/finetune_nus.py'),
    ('reldistill_nus.py', 'downstream/finetune_kitti.py'),
    ('reldistill_miniworld.py', 'downstream/finetune_miniworld.py'),
    ('reldistill_miniworld.py', 'downstream/finetune_othertown.py'),
])
def test_the_distilled_network_and_its_voxels(distiller, name):
    """Or the weights would not fit, or the features not mean the same."""
    teacher, student = load(distiller), load(name)
    assert student.model.backbone.pop('init_cfg')
    assert student.model.backbone == teacher.model.backbone
    for key in ('type', 'voxel_layer', 'max_voxels', 'batch_first'):
        assert (student.model.data_preprocessor[key] ==
                teacher.model.data_preprocessor[key])
    if classes_of(student) == classes_of(teacher):
        assert student.load_points == teacher.load_points


def test_all_tensors_of_minkunet34(tmp_path, mmdet3d_scope):
    """At full size, as tools/train.py of reldistill_nus.py saves it."""
    path = str(tmp_path / 'full.pth')
    source = MODELS.build(load('reldistill_nus.py').model.backbone)
    cfg = load('downstream/finetune_nus.py').model.backbone
    cfg.init_cfg.checkpoint = path
    target = MODELS.build(cfg)
    model = torch.nn.ModuleDict(dict(backbone=source))
    torch.save(dict(state_dict=model.state_dict()), path)
    target.init_weights()
    state = source.state_dict()
    kernels = [n for n, tensor in state.items() if tensor.dim() == 5]
    assert (len(state), len(kernels)) == (378, 63)
    assert all(
        torch.equal(state[name], tensor)
        for name, tensor in target.state_dict().items())


def rates(name, options, start):
    """Learning rate of backbone and head in each epoch, real scheduler."""
    cfg = load(name, options, start)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    scheduler_cfg = cfg.param_scheduler[0].to_dict()
    scheduler_cfg.pop('convert_to_iter_based', None)
    scheduler = PARAM_SCHEDULERS.build(
        dict(scheduler_cfg, optimizer=wrapper.optimizer))
    names = {id(p): n for n, p in model.named_parameters()}
    found = []
    for _ in range(scheduler_cfg['T_max']):
        epoch = {}
        for group in wrapper.optimizer.param_groups:
            for parameter in group['params']:
                part = names[id(parameter)].split('.')[0]
                epoch.setdefault(part, set()).add(group['lr'])
        found.append({
            part: lrs.pop()
            for part, lrs in epoch.items() if len(lrs) == 1
        })
        scheduler.step()
    return found


@pytest.mark.parametrize('name, start, backbone, head', [
    ('downstream/finetune_nus.py', None, 0.02, 2.0),
    ('downstream/finetune_nus_1pct.py', None, 0.02, 2.0),
    ('downstream/finetune_nus.py', 'random', 0.05, 0.05),
    ('downstream/finetune_kitti_1pct.py', None, 0.05, 2.0),
    ('downstream/finetune_kitti_1pct.py', 'random', 0.05, 0.05),
])
def test_learning_rates_of_the_groups(name, start, backbone, head, options,
                                      mmdet3d_scope):
    """The field's, and the scheduler keeps their ratio to the end."""
    found = rates(name, options, start)
    assert len(found) == 100
    for epoch, lrs in enumerate(found):
        share = (1 + math.cos(math.pi * epoch / 100)) / 2
        assert lrs['backbone'] == pytest.approx(backbone * share, abs=1e-6)
        assert lrs['decode_head'] == pytest.approx(head * share, abs=1e-5)


def test_the_recipe():
    cfg = load('downstream/finetune_nus.py')
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.momentum, optimizer.dampening,
            optimizer.weight_decay) == ('SGD', 0.9, 0.1, 1e-4)
    assert cfg.train_cfg.max_epochs == 100
    assert cfg.train_dataloader.batch_size == 16
    probe = load('downstream/linear_probe_nus.py')
    assert probe.model.type == 'LinearProbeMinkUNet'
    assert cfg.model.type == 'MinkUNet'


@pytest.mark.parametrize('name', TRAINED)
def test_the_random_start_is_another_recipe_alone(name):
    """Random weights and one learning rate, in every protocol."""
    cfg = load(name)
    random = load(name, start='random')
    assert difference(random, cfg) <= {
        'optim_wrapper.optimizer.lr', 'optim_wrapper.paramwise_cfg',
        'model.backbone.init_cfg'
    }
    assert random.model.backbone.init_cfg is None
    assert random.optim_wrapper.paramwise_cfg is None
    assert random.optim_wrapper.optimizer.lr == 0.05
    # Another recipe for another world would be a second number.
    assert random.optim_wrapper == load(
        TRAINED[0], start='random').optim_wrapper


def test_the_random_start_by_hand():
    """As the comment beside it says, in options of tools/train.py."""
    name = 'downstream/finetune_nus_1pct.py'
    comment = (ROOT / '_base_/schedules/finetune_100e.py').read_text()
    typed = re.findall(r'(?:model|optim_wrapper)\.\S+=\S+', comment)
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    options = parser.parse_args(['--cfg-options', *typed]).cfg_options
    assert difference(load(name, options), load(name, start='random')) == set()


@pytest.mark.parametrize('data', ['nus', 'miniworld'])
def test_probes_fit_features_that_are_computed_once(data):
    """No augmentation, every keyframe once, no rate and no schedule."""
    probe = load(f'downstream/linear_probe_{data}.py')
    tuned = load(f'downstream/finetune_{data}.py')
    assert difference(probe.model, tuned.model) == {'type'}
    assert probe.train_cfg == dict(type='LinearFitLoop')
    assert probe.param_scheduler == []
    loader = probe.train_dataloader
    assert loader.sampler == dict(type='DefaultSampler', shuffle=False)
    assert [step.type for step in loader.dataset.pipeline
            ] == ['LoadLidarPoints', 'LoadPointLabels', 'Pack3DDetInputs']
    assert probe.val_dataloader == tuned.val_dataloader
    untrained = load(f'downstream/linear_probe_{data}.py', start='random')
    assert difference(untrained, probe) <= {
        'model.backbone.init_cfg', 'optim_wrapper.optimizer.lr',
        'optim_wrapper.paramwise_cfg'
    }
    assert untrained.model.backbone.init_cfg is None


def test_training_never_sees_val(keyframes, downstream_options, mmdet3d_scope):
    """The subset is of the train infos; validation takes all of its own."""
    cfg = load('downstream/finetune_nus_1pct.py', downstream_options)
    assert cfg.train_dataloader.dataset.scenes == 'every_100th_scene'
    assert cfg.val_dataloader.dataset.get('scenes') is None
    assert len(DATASETS.build(cfg.train_dataloader.dataset)) == 2
    assert len(DATASETS.build(cfg.val_dataloader.dataset)) == 200
    plain = load('downstream/finetune_nus_1pct.py')
    assert plain.train_dataloader.dataset.ann_file.endswith('train.pkl')
    assert plain.val_dataloader.dataset.ann_file.endswith('val.pkl')


# SemanticKITTI's protocol is that of its info files.
FOREIGN = [
    f'downstream/finetune_{layout}_1pct.py' for layout in LAYOUTS
    if layout != 'semantickitti'
]
DATA_KEYS = ('layout', 'data', 'load_', 'metainfo', 'scans', 'train_data',
             'val_data', 'input_modality', 'train_pipeline', 'test_pipeline',
             'eval_pipeline', 'tta_pipeline', 'train_dataloader.dataset',
             'val_dataloader.dataset', 'test_dataloader.dataset')


@pytest.mark.parametrize('name', FOREIGN)
def test_foreign_data_by_the_recipe_of_kitti(name):
    """Another dataset and another number of classes, nothing else."""
    cfg = load(name)
    changed = difference(cfg, load('downstream/finetune_kitti_1pct.py'))
    assert {key
            for key in changed if not key.startswith(DATA_KEYS)} <= {
                'model.decode_head.num_classes',
                'model.decode_head.ignore_index'
            }
    layout = name.split('finetune_')[1].split('_1pct')[0]
    parts = [cfg[f'{part}_dataloader'].dataset for part in ('train', 'test')]
    assert cfg.val_dataloader == cfg.test_dataloader
    assert [part.layout for part in parts] == [layout, layout]
    assert parts[0].data_root == parts[1].data_root
    assert layout.startswith(parts[0].data_root.split('/')[1])
    # The name in the log and in the tables; never of what is tested on.
    assert subset_name(cfg) == 'scans=every_100th_scan'
    assert parts[1].get('scans') is None
    towns = [set(part.get('sequences', ())) for part in parts]
    assert parts[0].split != parts[1].split or not towns[0] & towns[1]


def test_small_worlds_differ_by_their_data_alone():
    changed = difference(
        load('downstream/finetune_othertown.py'),
        load('downstream/finetune_miniworld.py'))
    recipe = ('model', 'optim_wrapper', 'param_scheduler', 'train_cfg',
              'default_hooks', 'custom_hooks', 'log_processor', 'randomness')
    assert {
        key
        for key in changed if key.startswith(recipe) or (
            'dataloader' in key and '.dataset.' not in key)
    } == {'model.decode_head.num_classes', 'model.decode_head.ignore_index'}


@pytest.mark.parametrize(
    'name', ['finetune_nus.py', 'finetune_nus_1pct.py', 'linear_probe_nus.py'])
def test_nuscenes_c_tests_what_the_protocols_train(name, mmdet3d_scope):
    """Every tensor of their checkpoints has its place, and no other."""
    trained, tested = load(f'downstream/{name}'), load(
        'downstream/test_nus_c.py')
    trained.model.backbone.init_cfg = None
    state = MODELS.build(trained.model).state_dict()
    MODELS.build(tested.model).load_state_dict(state, strict=True)
    changed = difference(tested.test_dataloader, trained.test_dataloader)
    assert changed == {'dataset.data_root', 'dataset.ann_file'}
