"""Options that shrink the config ``name`` of a test."""
import shutil

import pytest
from config_files import load
from small_options import other_student
from tiny_folders import FORMATS, write
from tiny_towers import register_timm_models


@pytest.fixture(scope='session')
def folder_scans(tmp_path_factory):
    """A folder a layout, with a scan to train and one to validate on."""
    root = tmp_path_factory.mktemp('tiny_folders')
    for name in FORMATS:
        for split in ('train', 'val'):
            write(root / name, name, split)
        for town in root.glob(f'{name}/*/Town03'):
            # The recipes train on three towns.
            for other in ('Town06', 'Town07'):
                shutil.copytree(town, town.with_name(other))
    return root


def folder_options(options, root):
    """Those of SemanticKITTI for data without info files in ``root``."""
    options = {
        key: value
        for key, value in options.items() if not key.endswith('ann_file')
    }
    for loader in ('train', 'val', 'test'):
        options[f'{loader}_dataloader.dataset.data_root'] = str(root)
    return options


def tiny_timm():
    """A timm teacher of a test's size, normalised as it wants."""
    register_timm_models()
    preprocessor = 'model.data_preprocessor'
    return {
        'model.teacher.model': 'tiny_dinov2',
        'model.projector.out_channels': 32,
        f'{preprocessor}.mean': [127.5] * 3,
        f'{preprocessor}.std': [63.75] * 3
    }


@pytest.fixture
def options(request, name):
    """The config's data lie in their own layout; it keeps what it names."""
    cfg = load(name)
    dataset = cfg.test_dataloader.dataset
    kind = 'small' if 'zero_shot_head' in cfg.model else 'downstream'
    kitti = '' if dataset.type == 'NuScenesLidarSegDataset' else '_kitti'
    found = request.getfixturevalue(f'{kind}{kitti}_options')
    if 'layout' in dataset:
        scans = request.getfixturevalue('folder_scans')
        found = folder_options(found, scans / dataset.layout)
    # The tiny frames are two metres high: too flat for voxels of 0.4 m.
    found['model.data_preprocessor.voxel_layer.voxel_size'] = [0.1] * 3
    if cfg.model.get('teacher', {}).get('type') == 'TimmTeacher':
        found.update(tiny_timm())
    if 'LoadSweeps' in str(cfg.get('train_dataloader')):
        found['train_dataloader.dataset.ann_file'] = 'infos_sweeps.pkl'
    if cfg.model.get('pair_sampler', 'none') is None:
        del found['model.pair_sampler.count']
    if cfg.model.backbone.get('init_cfg') is None:
        found.pop('model.backbone.init_cfg.checkpoint', None)
    if cfg.model.backbone.type == 'VoxelStudent':
        found = other_student(found)
    absent = tuple(f'{loader}_dataloader' for loader in ('train', 'val')
                   if cfg[f'{loader}_dataloader'] is None)
    return {
        key: value
        for key, value in found.items() if not key.startswith(absent)
    }
