"""Sensors of one's own, by the commands of docs/own_data.md alone."""
import pickle
import shutil

import numpy as np
import pytest
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.runner import Runner
from small_options import _BACKBONE, as_arguments
from test_datasets.test_camera_lidar import own, raw_labels
from test_tools.test_train_test import REPO, run, scalars
from tiny_sensors import scene, write_argoverse, write_waymo

from reldistill_mm.apis import export_config
from reldistill_mm.models import ZeroShotHead

KITTI = 'configs/reldistill_kitti_object.py'


def small(clip, weights, **more):
    return {
        'model.teacher.model': clip,
        'model.teacher.pretrained': weights,
        'model.projector.out_channels': 16,
        'model.projector.in_channels': 8,
        'model.pair_sampler.count': 256,
        'train_dataloader.batch_size': 1,
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'train_cfg.max_epochs': 1,
        'default_hooks.logger.interval': 1,
        **_BACKBONE,
        **more
    }


@pytest.mark.slow
def test_kitti_object_to_three_steps(real_data, tiny_clip, clip_weights,
                                     tmp_path):
    """From the folder as KITTI has it: convert, look, cache, train."""
    root = tmp_path / 'kitti'
    frames = real_data / 'kitti_object/training'
    shutil.copytree(frames, root / 'training')
    for folder in ('calib', 'image_2', 'velodyne'):
        shutil.copytree(frames / folder, root / 'testing' / folder)
    for split, ids in dict(
            train='000000\n000001\n', val='000002\n', test='000000\n').items():
        path = root / f'ImageSets/{split}.txt'
        path.parent.mkdir(exist_ok=True)
        path.write_text(ids)
    run('tools/create_data.py', 'kitti', '--root-path', root, '--out-dir',
        root, '--extra-tag', 'kitti')
    place = {'train_dataloader.dataset.data_root': str(root)}
    run('tools/browse_pairs.py', KITTI, '--out', tmp_path / 'pairs.png',
        *as_arguments(place))
    assert (tmp_path / 'pairs.png').stat().st_size > 100_000
    options = small(tiny_clip, clip_weights, **place)
    run('tools/train.py', KITTI, '--work-dir', tmp_path / 'work',
        *as_arguments(options))
    steps = [each for each in scalars(tmp_path / 'work') if 'loss' in each]
    assert len(steps) == 3
    assert all(0 < each['loss'] < 100 and each['num_pairs'] == 256
               for each in steps)
    cached = tmp_path / 'cached.py'
    cached.write_text(f'_base_ = {str(REPO / KITTI)!r}\n'
                      'train_dataloader = dict(dataset=dict(\n'
                      '    pipeline=_base_.cached_pipeline))\n')
    options['teacher_cache_root'] = str(tmp_path / 'cache')
    told = run('tools/cache_teacher.py', cached, '--pairs', 1024, '--workers',
               0, *as_arguments(options))
    assert '3 keyframes' in told.stdout
    run('tools/train.py', cached, '--work-dir', tmp_path / 'again',
        *as_arguments(options))
    assert len([e for e in scalars(tmp_path / 'again') if 'loss' in e]) == 3


def page_block(title):
    """The block of docs/own_data.md that begins with a comment."""
    text = (REPO / 'docs/own_data.md').read_text()
    block, = (
        each for each in text.split('```python\n')[1:]
        if each.startswith(f'# {title}\n'))
    return block.partition('```')[0]


@pytest.mark.slow
def test_the_page_s_configs_with_labels_lenses_and_fine_tuning(
        tiny_clip, clip_weights, tmp_path):
    """As the page has them, with the places of this test."""
    own(tmp_path / 'data')
    for frame in range(2):
        raw_labels(len(scene(frame))).astype(np.uint8).tofile(
            tmp_path / f'data/{frame}.bin')
    path = tmp_path / 'data/infos.pkl'
    content = pickle.loads(path.read_bytes())
    for frame, info in enumerate(content['data_list']):
        info['pts_semantic_mask_path'] = f'{frame}.bin'
        info['images']['front'].update(
            camera_model='kannala_brandt', distortion=[.02, 0, 0, 0])
    path.write_bytes(pickle.dumps(content))
    for name in ('my_config.py', 'my_labelled_config.py', 'my_finetune.py'):
        (tmp_path / name).write_text(
            page_block(name).replace(
                'data/waymo/kitti_format/', f'{tmp_path}/data/').replace(
                    'waymo_infos_train.pkl', 'infos.pkl').replace(
                        'data/own/', f'{tmp_path}/data/').replace(
                            'val.pkl', 'infos.pkl').replace(
                                'labels/{name}.label', '{name}.bin').replace(
                                    "'train.txt'",
                                    "['*']").replace('night_*', '*').replace(
                                        'dict(car=1, road=[2, 3])',
                                        'dict(car=10, road=[40, 44])'))
    options = small(tiny_clip, clip_weights)
    options['train_cfg.val_interval'] = 1
    options['val_dataloader.num_workers'] = 0
    options['val_dataloader.persistent_workers'] = False
    run('tools/train.py', tmp_path / 'my_labelled_config.py', '--work-dir',
        tmp_path / 'work', *as_arguments(options))
    found = scalars(tmp_path / 'work')
    assert len([each for each in found if 'loss' in each]) == 2
    miou, = (each['miou'] for each in found if 'miou' in each)
    assert 0 <= miou <= 1
    options = {
        key: value
        for key, value in options.items()
        if not key.startswith(('model.teacher', 'model.projector',
                               'model.pair_sampler'))
    }
    options['model.decode_head.channels'] = 8
    options['model.backbone.init_cfg.checkpoint'] = str(tmp_path /
                                                        'work/epoch_1.pth')
    run('tools/train.py', tmp_path / 'my_finetune.py', '--work-dir',
        tmp_path / 'tuned', *as_arguments(options))
    found = scalars(tmp_path / 'tuned')
    assert len([each for each in found if 'loss' in each]) == 2
    miou, = (each['miou'] for each in found if 'miou' in each)
    assert 0 <= miou <= 1


def test_the_page_s_steps_for_another_sensor(tmp_path, mmdet3d_scope):
    """Each config of the section, built and read."""
    own(tmp_path)
    path = tmp_path / 'infos.pkl'
    content = pickle.loads(path.read_bytes())
    for frame, info in enumerate(content['data_list']):
        labels = raw_labels(len(scene(frame))).astype(np.uint32)
        labels.tofile(tmp_path / f'{frame}.label')
        info['pts_semantic_mask_path'] = f'{frame}.label'
    path.write_bytes(pickle.dumps(content))
    names = ('my_config.py', 'my_labelled_config.py', 'my_plain_config.py',
             'my_other_sensor.py')
    for name in names:
        text = page_block(name)
        for old, new in (('data/waymo/kitti_format/', f'{tmp_path}/'),
                         ('waymo_infos_train.pkl',
                          'infos.pkl'), ('data/own/', f'{tmp_path}/'),
                         ('val.pkl', 'infos.pkl'), ('other.pkl', 'infos.pkl')):
            text = text.replace(old, new)
        (tmp_path / name).write_text(text)
    found = []
    for name, key in zip(names, ('train', 'val', 'train', 'test')):
        cfg = Config.fromfile(tmp_path / name)
        dataset = DATASETS.build(cfg[f'{key}_dataloader'].dataset)
        found.append(dataset[0]['inputs']['points'])
    plain, other = found[2:]
    assert (plain[:, 3] == 20).all() and len(plain) == len(found[0])
    before = found[1]
    np.testing.assert_allclose(other[:, 2], before[:, 2] + .5, atol=1e-5)
    wanted = np.interp(before[:, 3], [0, 51, 71, 92, 252], [0, 6, 12, 28, 251])
    np.testing.assert_allclose(other[:, 3], wanted, atol=1e-3)
    assert not np.allclose(other[:, 3], before[:, 3])
    Runner.build_evaluator(None, cfg.test_evaluator)
    # Exported, for the same words and for others, it is still read.
    for classes in (list(cfg.classes), ['car', 'puddle']):
        head = ZeroShotHead({name: [name] for name in classes})
        exported = export_config(cfg, head).test_dataloader.dataset
        dataset = DATASETS.build(exported)
        assert list(dataset.metainfo['classes']) == classes
        points = dataset[0]['inputs']['points']
        np.testing.assert_array_equal(points, other)


TWO_SETS = """
_base_ = {base!r}
load, pair = _base_.load_points, [_base_.load_images, _base_.pair]
waymo = dict(_base_.whole_images, size=(64, 96))
argoverse = dict(_base_.whole_images, size=(96, 64))
turn = [_base_.flip_cloud, _base_.turn_cloud]
sets = [
    dict(
        type='CameraLidarDataset',
        data_root={root!r} + name,
        ann_file=ann_file,
        sweeps_num=1,
        paired_pipeline=[load, *pair, resize, _base_.pack_images],
        pipeline=[load, *pair, resize, *turn, _base_.pack_images])
    for name, ann_file, resize in (
        ('waymo', 'waymo_infos_train.pkl', waymo),
        ('argoverse', 'infos.pkl', argoverse))
]
{cached}
train_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=sets))
"""
CACHED = """
for each in sets:
    cached = dict(_base_.load_cached_pairs, root=each['data_root'] + '/cache')
    each['pipeline'] = [load, cached, *turn, _base_.pack_points]
"""


@pytest.mark.slow
def test_two_sets_with_sizes_and_caches_of_their_own(tiny_clip, clip_weights,
                                                     tmp_path):
    write_waymo(tmp_path / 'waymo')
    write_argoverse(tmp_path / 'argoverse')
    options = small(tiny_clip, clip_weights)
    # Mixed batches.
    options['train_dataloader.batch_size'] = 3
    base = str(REPO / 'configs/reldistill_camera_lidar.py')
    for name, cached in (('images', ''), ('cached', CACHED)):
        config = tmp_path / f'{name}.py'
        config.write_text(
            TWO_SETS.format(base=base, root=f'{tmp_path}/', cached=cached))
        if cached:
            told = run('tools/cache_teacher.py', config, '--workers', 0,
                       *as_arguments(options)).stdout
            assert '5 keyframes' in told
            for part, count in dict(waymo=3, argoverse=2).items():
                files = list((tmp_path / part / 'cache').glob('*.safetensors'))
                assert len(files) == count
        run('tools/train.py', config, '--work-dir', tmp_path / name,
            *as_arguments(options))
        steps = [each for each in scalars(tmp_path / name) if 'loss' in each]
        assert len(steps) == 2 and all(0 < e['loss'] < 100 for e in steps)
