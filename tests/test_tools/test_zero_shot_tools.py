"""From a trained model to any words, as a person types it."""
import json
import subprocess
import sys
from pathlib import Path

import mmdet3d
import numpy as np
import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from small_options import as_arguments, make_options

REPO = Path(__file__).resolve().parents[2]
UPSTREAM = Path(mmdet3d.__file__).parent / '.mim/tools'


def run(script, *arguments, check=True):
    out = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=REPO)
    if check:
        assert out.returncode == 0, out.stdout[-3000:] + out.stderr[-3000:]
    return out


@pytest.fixture
def trained(keyframes, tiny_clip, clip_weights, tmp_path, mmdet3d_scope):
    """Arguments of a config, and a checkpoint."""
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    config = REPO / 'configs/reldistill_nus.py'
    cfg = Config.fromfile(config)
    cfg.merge_from_dict(options)
    checkpoint = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(state_dict=MODELS.build(cfg.model).state_dict()), checkpoint)
    return config, checkpoint, as_arguments(options)


def miou(work_dir):
    path, = work_dir.glob('*/2*.json')
    return json.loads(path.read_text())['miou']


@pytest.mark.slow
def test_export_then_test(trained, tmp_path):
    """Our tools/test.py, mmdet3d's own, and the distiller's figure."""
    config, checkpoint, options = trained
    out = run('tools/export_zero_shot.py', config, checkpoint, '--out',
              tmp_path / 'out', *options)
    assert f"Wrote {tmp_path / 'out/zero_shot.pth'}" in out.stdout
    run('tools/test.py', config, checkpoint, '--work-dir', tmp_path / 'full',
        *options)
    light = tmp_path / 'out/zero_shot.py', tmp_path / 'out/zero_shot.pth'
    for name, script in (('ours', REPO / 'tools/test.py'),
                         ('theirs', UPSTREAM / 'test.py')):
        run(script, *light, '--work-dir', tmp_path / name)
        assert miou(tmp_path / name) == miou(tmp_path / 'full')
    out = run(
        UPSTREAM / 'test.py',
        *light,
        '--work-dir',
        tmp_path / 'other',
        '--cfg-options',
        'model.zero_shot_head.vocabulary.car=[van]',
        check=False)
    assert out.returncode != 0 and 'export the model' in out.stderr


@pytest.mark.slow
def test_segment(trained, keyframes, tmp_path):
    config, checkpoint, options = trained
    run('tools/export_zero_shot.py', config, checkpoint, '--out',
        tmp_path / 'model', *options)
    scan = keyframes / 'samples/LIDAR_TOP/000.pcd.bin'
    out = run('tools/segment.py', scan, '--model', tmp_path / 'model',
              '--words', 'car, traffic cone, puddle', '--heat-map', 'puddle',
              '--out', tmp_path / 'out', '--device', 'cpu')
    assert '3000 points' in out.stdout and 'traffic cone' in out.stdout
    labels = np.load(tmp_path / 'out/labels.npy')
    assert labels.shape == (3000, ) and labels.max() < 3
    names = [
        row['name']
        for row in json.loads((tmp_path / 'out/classes.json').read_text())
    ]
    assert names == ['car', 'traffic cone', 'puddle']
    heat = np.load(tmp_path / 'out/heat_puddle.npy')
    assert heat.shape == (3000, ) and np.abs(heat).max() <= 1
    for name in ('segmentation', 'heat_puddle'):
        assert (tmp_path / f'out/{name}.png').is_file()
        assert (tmp_path / f'out/{name}.html').is_file()


@pytest.mark.slow
@pytest.mark.parametrize('words, message', [
    ('', 'no word at place 1'),
    ('car,,tree', 'no word at place 2'),
])
def test_no_words(words, message, keyframes, tmp_path):
    out = run(
        'tools/segment.py',
        keyframes / 'samples/LIDAR_TOP/000.pcd.bin',
        '--model',
        tmp_path,
        '--words',
        words,
        check=False)
    assert out.returncode != 0
    assert message in out.stderr.strip().splitlines()[-1]
