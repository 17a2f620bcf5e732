"""A folder of one's own recordings through every documented command."""
import pickle
import re

import numpy as np
import pytest
import tiny_recording as tiny
from small_options import as_arguments
from test_tools.test_own_sensors import small
from test_tools.test_train_test import run, scalars

CONFIG = """
_base_ = [__import__('reldistill_mm').config_path('{base}')]
data = dict(data_root='{root}/', ann_file='infos.pkl')
teacher_cache_root = '{root}/teacher_cache'
train_dataloader = dict(dataset=data)
"""


@pytest.mark.slow
def test_from_a_folder_to_training(tiny_clip, clip_weights, tmp_path):
    root = tiny.write_recording(tmp_path / 'own')
    said = run('tools/create_data.py', 'folder', root).stdout
    assert 'the largest gap is 50 ms' in said and 'WARNING' not in said
    assert said.count('no sign of a wrong calibration') == 2
    infos = pickle.loads((root / 'infos.pkl').read_bytes())['data_list']
    assert len(infos) == 3 and len(infos[2]['lidar_sweeps']) == 2

    said = run('tools/create_data.py', 'check', root / 'infos.pkl',
               '--picture', tmp_path / 'checked.png').stdout
    assert said.count('no sign of a wrong calibration') == 2
    assert (tmp_path / 'checked.png').stat().st_size

    for name in '', '_cached':
        (tmp_path / f'own{name}.py').write_text(
            CONFIG.format(base=f'reldistill_camera_lidar{name}.py', root=root))
    options = as_arguments(small(tiny_clip, clip_weights))
    said = run('tools/browse_pairs.py', tmp_path / 'own.py', '--frames', 3,
               '--out', tmp_path / 'pairs.png', *options).stdout
    assert said.count('no sign of a wrong calibration') == 2
    run('tools/train.py', tmp_path / 'own.py', '--work-dir', tmp_path / 'live',
        *options)
    run('tools/cache_teacher.py', tmp_path / 'own_cached.py', '--workers', 0,
        *options)
    run('tools/train.py', tmp_path / 'own_cached.py', '--work-dir',
        tmp_path / 'cached', *options)
    for name in 'live', 'cached':
        losses = [x['loss'] for x in scalars(tmp_path / name) if 'loss' in x]
        assert losses and np.isfinite(losses).all()

    said = run('tools/compare_data.py', root, root / 'infos.pkl',
               '--columns-a', 4, '--out', tmp_path / 'compared.png').stdout
    assert 'Nothing differs by much' in said


@pytest.mark.slow
def test_wrong_matrices_are_told_by_the_command(tmp_path):
    root = tiny.write_recording(tmp_path / 'own', count=2)
    right = np.array(tiny.CAMERAS['front']['lidar2cam'])
    far, mirror, turned = right.copy(), right.copy(), right.copy()
    far[:3, 3] *= 1000
    mirror[0] *= -1
    angle = np.radians(1)
    turned[[0, 2]] = [[np.cos(angle), np.sin(angle)],
                      [-np.sin(angle), np.cos(angle)]] @ right[[0, 2]]
    for matrix, part in ((np.linalg.inv(right), 'is it inverted'),
                         (far, 'are its translations in metres?'),
                         (mirror, 'is left-handed')):
        out = create(root, matrix)
        assert out.returncode == 2
        line, = [e for e in out.stderr.splitlines() if 'error:' in e]
        assert part in line and "camera 'front'" in line
        assert not (root / 'infos.pkl').exists()
    out = create(root, turned)
    assert out.returncode == 0
    line, = [e for e in out.stdout.splitlines() if e.startswith('WARNING')]
    assert re.search(r'front: .* -1 degrees about its y axis', line)


def create(root, matrix):
    content = tiny.calibration()
    content['cameras']['front']['lidar2cam'] = matrix.tolist()
    tiny.write_calibration(root, content)
    return run('tools/create_data.py', 'folder', root, check=False)


@pytest.mark.slow
def test_commands_that_lack_something(tmp_path):
    pcd = tmp_path / 'x.bin'
    pcd.write_bytes(bytes(7))
    bag = ('rosbag', tmp_path / 'none', '--root', tmp_path / 'out', '--points',
           '/p', '--cameras', 'front')
    for command, part in (
        (('create_data.py', 'folder', tmp_path / 'none'), 'does not exist'),
        (('create_data.py', *bag), 'is not NAME=TOPIC'),
        (('compare_data.py', pcd, pcd), '7 bytes'),
        (('compare_data.py', pcd, pcd, '--out', tmp_path / 'x.nope'),
         "picture's name does"),
    ):
        out = run(f'tools/{command[0]}', *command[1:], check=False)
        assert out.returncode == 2, out.stderr
        assert part in out.stderr and 'Traceback' not in out.stderr
