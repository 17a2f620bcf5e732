"""The protocols: recipes, learning rates, weights, one iteration each."""
import math
from pathlib import Path

import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS
from mmengine.runner import Runner

import reldistill_mm

ROOT = Path(reldistill_mm.config_path('downstream/finetune_nus.py')).parent
CONFIGS = sorted(path.name for path in ROOT.glob('*.py'))
# Shares differ from these by the data alone, which a test below makes sure of.
RECIPES = [
    'finetune_nus.py', 'finetune_nus_random.py', 'linear_probe_nus.py',
    'finetune_nus_1pct.py', 'finetune_nus_1pct_keyframes.py',
    'finetune_kitti_1pct.py', 'finetune_kitti_random.py',
    'finetune_miniworld_1pct.py', 'linear_probe_miniworld_random.py',
    'finetune_othertown_1scan.py'
]
PRETRAINED = [name for name in CONFIGS if not name.endswith('_random.py')]


def is_kitti(name):
    return 'kitti' in name or 'othertown' in name


@pytest.fixture
def options(request, name):
    """That shrink the config of the test; its data lie in its own layout."""
    layout = '_kitti' if is_kitti(name) else ''
    found = request.getfixturevalue(f'downstream{layout}_options')
    # The tiny frames are two metres high: too flat for voxels of 0.4 m.
    found['model.data_preprocessor.voxel_layer.voxel_size'] = [0.1] * 3
    if name.endswith('_random.py'):
        found.pop('model.backbone.init_cfg.checkpoint')
    return found


def load(name, options=None):
    cfg = Config.fromfile(ROOT / name)
    cfg.merge_from_dict(options or {})
    return cfg


def difference(cfg, base, prefix=''):
    """Dotted keys at which two configs differ."""
    keys = set()
    for key in set(cfg) | set(base):
        one, two = cfg.get(key), base.get(key)
        if isinstance(one, dict) and isinstance(two, dict):
            keys |= difference(one, two, f'{prefix}{key}.')
        elif one != two:
            keys.add(prefix + key)
    return keys


@pytest.mark.parametrize('name', RECIPES)
def test_one_iteration_and_a_test(name, options, tmp_path):
    """By the real Runner, on the subset that the config names."""
    cfg = load(name, options)
    loop = 'max_iters' if 'max_iters' in cfg.train_cfg else 'max_epochs'
    cfg.merge_from_dict({
        f'train_cfg.{loop}': 1,
        'train_cfg.val_interval': 1,
        'train_dataloader.batch_size': 1,
        'train_dataloader.dataset.indices': 1,
        'val_dataloader.dataset.indices': 1
    })
    cfg.work_dir = str(tmp_path)
    runner = Runner.from_cfg(cfg)
    weights = runner.model.decode_head.conv_seg.weight.clone()
    runner.train()
    assert runner.iter == 1
    assert not torch.equal(weights, runner.model.decode_head.conv_seg.weight)
    scalars = runner.message_hub.log_scalars
    assert 0 <= scalars['val/miou'].current() <= 1
    assert scalars['train/loss_lovasz'].current() > 0


@pytest.mark.parametrize('name', CONFIGS)
def test_data_of_every_config(name, options, mmdet3d_scope):
    """The subset has frames, and a sample its points and labels."""
    cfg = load(name, options)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        dataset = DATASETS.build(loader.dataset)
        sample = dataset[0]
        points = sample['inputs']['points']
        labels = sample['data_samples'].gt_pts_seg.pts_semantic_mask
        assert len(dataset) > 0 and len(points) == len(labels) > 100
        assert points.shape[1] == 4
        assert labels.max() <= len(dataset.metainfo['classes'])


@pytest.mark.parametrize('name', PRETRAINED)
def test_every_tensor_of_the_backbone_loads(name, options, distilled,
                                            mmdet3d_scope):
    saved = torch.load(distilled, weights_only=True)['state_dict']
    model = MODELS.build(load(name, options).model)
    model.init_weights()
    state = model.backbone.state_dict()
    assert len(state) == sum(n.startswith('backbone.') for n in saved)
    for tensor_name, tensor in state.items():
        assert torch.equal(tensor, saved[f'backbone.{tensor_name}'])


@pytest.mark.parametrize('name', CONFIGS)
def test_as_many_outputs_as_classes(name, mmdet3d_scope):
    cfg = load(name)
    classes = len(cfg.train_dataloader.dataset.metainfo.classes)
    head = MODELS.build(cfg.model.decode_head)
    assert head.conv_seg.out_features == classes
    assert head.ignore_index == head.num_classes == classes
    random = cfg.model.backbone.get('init_cfg') is None
    assert random == name.endswith('_random.py')


@pytest.mark.parametrize('distiller, name', [
    ('../reldistill_nus.py', 'finetune_nus.py'),
    ('../reldistill_nus.py', 'finetune_kitti.py'),
    ('../reldistill_miniworld.py', 'finetune_miniworld.py'),
    ('../reldistill_miniworld.py', 'finetune_othertown.py'),
])
def test_the_distilled_network_and_its_voxels(distiller, name):
    """Or the weights would not fit, or the features not mean the same."""
    teacher, student = load(distiller), load(name)
    assert student.model.backbone.pop('init_cfg')
    assert student.model.backbone == teacher.model.backbone
    for key in ('type', 'voxel_layer', 'max_voxels', 'batch_first'):
        assert (student.model.data_preprocessor[key] ==
                teacher.model.data_preprocessor[key])
    if not is_kitti(name):
        assert student.train_pipeline[0] == teacher.train_pipeline[0]


def test_all_tensors_of_minkunet34(tmp_path, mmdet3d_scope):
    """At full size, as tools/train.py of reldistill_nus.py saves it."""
    path = str(tmp_path / 'full.pth')
    source = MODELS.build(load('../reldistill_nus.py').model.backbone)
    cfg = load('finetune_nus.py').model.backbone
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


def rates(name, options):
    """Learning rate of backbone and head in each epoch, real scheduler."""
    cfg = load(name, options)
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


@pytest.mark.parametrize('name, backbone, head', [
    ('finetune_nus.py', 0.02, 2.0),
    ('finetune_nus_1pct.py', 0.02, 2.0),
    ('finetune_nus_random.py', 0.05, 0.05),
    ('linear_probe_nus.py', 0.05, 0.05),
    ('finetune_kitti_1pct.py', 0.05, 2.0),
    ('finetune_kitti_1pct_random.py', 0.05, 0.05),
])
def test_learning_rates_of_the_groups(name, backbone, head, options,
                                      mmdet3d_scope):
    """The field's, and the scheduler keeps their ratio to the end."""
    found = rates(name, options)
    assert len(found) == 100
    for epoch, lrs in enumerate(found):
        share = (1 + math.cos(math.pi * epoch / 100)) / 2
        assert lrs['backbone'] == pytest.approx(backbone * share, abs=1e-6)
        assert lrs['decode_head'] == pytest.approx(head * share, abs=1e-5)


def test_the_recipe():
    cfg = load('finetune_nus.py')
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.momentum, optimizer.dampening,
            optimizer.weight_decay) == ('SGD', 0.9, 0.1, 1e-4)
    assert cfg.train_cfg.max_epochs == 100
    assert cfg.train_dataloader.batch_size == 16
    assert load('linear_probe_nus.py').model.type == 'LinearProbeMinkUNet'
    assert cfg.model.type == 'MinkUNet'


SHARES = [('nus_1pct', 'scenes', 'every_100th_scene'),
          ('nus_1pct_keyframes', 'keyframes', 'every_100th_keyframe'),
          ('nus_5pct', 'scenes', 'every_20th_scene'),
          ('nus_10pct', 'scenes', 'every_10th_scene'),
          ('nus_25pct', 'scenes', 'every_4th_scene'),
          ('kitti_1pct', 'scans', 'every_100th_scan'),
          ('miniworld_1pct', 'keyframes', 'every_80th_keyframe'),
          ('miniworld_5pct', 'keyframes', 'every_20th_keyframe'),
          ('miniworld_10pct', 'keyframes', 'every_10th_keyframe'),
          ('miniworld_25pct', 'keyframes', 'every_4th_keyframe'),
          ('othertown_1scan', 'scans', 'every_24th_scan')]


@pytest.mark.parametrize('name, key, subset', SHARES)
@pytest.mark.parametrize('random', ['', '_random'])
def test_shares_differ_by_their_subset_alone(name, key, subset, random):
    child = load(f'finetune_{name}{random}.py')
    base = load(f"finetune_{name.split('_')[0]}{random}.py")
    changed = f'train_dataloader.dataset.{key}'
    assert difference(child, base) == {changed}
    assert child.train_dataloader.dataset[key] == subset


@pytest.mark.parametrize('data', ['nus', 'miniworld', 'kitti', 'othertown'])
def test_baselines_differ_by_the_recipe_alone(data):
    base = load(f'finetune_{data}.py')
    random = load(f'finetune_{data}_random.py')
    assert difference(random, base) == {
        'optim_wrapper.optimizer.lr', 'optim_wrapper.paramwise_cfg',
        'model.backbone.init_cfg'
    } - ({'optim_wrapper.optimizer.lr'} if data == 'kitti' else set())


@pytest.mark.parametrize('data', ['nus', 'miniworld'])
def test_probes_differ_by_the_recipe_alone(data):
    probe = load(f'linear_probe_{data}.py')
    assert difference(probe, load(f'finetune_{data}.py')) == {
        'optim_wrapper.optimizer.lr', 'optim_wrapper.paramwise_cfg',
        'model.type'
    }
    untrained = load(f'linear_probe_{data}_random.py')
    assert difference(untrained, probe) == {'model.backbone.init_cfg'}


def test_training_never_sees_val(keyframes, downstream_options, mmdet3d_scope):
    """The subset is of the train infos; validation takes all of its own."""
    cfg = load('finetune_nus_1pct.py', downstream_options)
    assert cfg.train_dataloader.dataset.scenes == 'every_100th_scene'
    assert cfg.val_dataloader.dataset.get('scenes') is None
    assert len(DATASETS.build(cfg.train_dataloader.dataset)) == 2
    assert len(DATASETS.build(cfg.val_dataloader.dataset)) == 200
    plain = load('finetune_nus_1pct.py')
    assert plain.train_dataloader.dataset.ann_file.endswith('train.pkl')
    assert plain.val_dataloader.dataset.ann_file.endswith('val.pkl')
