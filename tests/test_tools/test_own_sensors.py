"""Sensors of one's own, by the commands of docs/own_data.md alone."""
import shutil

import pytest
from small_options import _BACKBONE, as_arguments
from test_tools.test_train_test import REPO, run, scalars
from tiny_sensors import write_argoverse, write_waymo

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
