"""The commands as a person types them."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import mmdet3d
import pytest
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


def flags(script):
    text = run(script, '--help').stdout
    return set(re.findall(r'--[a-z_-]+', text))


@pytest.mark.slow
@pytest.mark.parametrize('name', ['train.py', 'test.py'])
def test_every_flag_of_mmdet3ds_own(name):
    theirs = flags(UPSTREAM / name)
    assert len(theirs) > 6
    assert theirs <= flags(REPO / 'tools' / name)


def scalars(work_dir):
    """All logged records, oldest run first.

    mmengine writes training to ``vis_data`` and a test to the run's folder.
    """
    paths = sorted(work_dir.glob('*/vis_data/scalars.json'))
    paths = paths or sorted(work_dir.glob('*/*.json'))
    return [
        json.loads(line) for path in paths
        for line in path.read_text().splitlines()
    ]


@pytest.mark.slow
def test_train_resume_and_test(keyframes, tiny_clip, tmp_path):
    config = REPO / 'configs/reldistill_nus.py'
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    train = [config, '--work-dir', tmp_path]
    run('tools/train.py', *train,
        *as_arguments({
            **options, 'train_cfg.max_epochs': 1
        }))
    out = run('tools/train.py', *train, '--resume',
              *as_arguments({
                  **options, 'train_cfg.max_epochs': 2
              }))
    assert 'resumed epoch: 1' in out.stdout + out.stderr
    records = [record for record in scalars(tmp_path) if 'loss' in record]
    assert [record['epoch'] for record in records] == [1, 2]
    assert {'loss_cross', 'loss_intra', 'num_pairs'} <= set(records[0])
    assert 'eta' in out.stdout + out.stderr

    out = run('tools/test.py', config, tmp_path / 'epoch_2.pth', '--work-dir',
              tmp_path / 'test', *as_arguments(options))
    metrics = scalars(tmp_path / 'test')[-1]
    assert 0 <= metrics['miou'] <= 1 and 0 <= metrics['miou_visible'] <= 1
    assert metrics['samples'] == metrics['labelled_samples'] == 2
    assert 'classes counted' in out.stdout + out.stderr
    augmented = run('tools/test.py', config, tmp_path / 'epoch_2.pth',
                    '--work-dir', tmp_path / 'tta', '--tta',
                    *as_arguments(options))
    assert 'classes counted' in augmented.stdout + augmented.stderr
    again = run('tools/test.py', config, tmp_path / 'epoch_2.pth',
                '--work-dir', tmp_path / 'again', *as_arguments(options))
    assert again.returncode == 0
    # Random text weights differ between processes without a seed; the
    # config fixes it, so the figures repeat.
    assert scalars(tmp_path / 'again')[-1]['miou'] == metrics['miou']


def test_mmdet3ds_own_train_py_runs_our_configs(keyframes, tiny_clip,
                                                tmp_path):
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    run(UPSTREAM / 'train.py', REPO / 'configs/reldistill_nus.py',
        '--work-dir', tmp_path,
        *as_arguments({
            **options, 'train_cfg.max_epochs': 1
        }))
    assert (tmp_path / 'epoch_1.pth').is_file()


@pytest.mark.slow
def test_two_processes(keyframes, tiny_clip, tmp_path):
    """dist_train.sh and dist_test.sh, two CPU processes over gloo."""
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options.update({
        'model_wrapper_cfg.type': 'MMDistributedDataParallel',
        'model_wrapper_cfg.device_ids': None,
        'train_cfg.max_epochs': 1,
        'train_dataloader.batch_size': 1
    })
    # Two processes of NCCL would need two GPUs.
    environment = dict(
        PYTHON=sys.executable, PORT='29611', CUDA_VISIBLE_DEVICES='')
    for command in (['tools/dist_train.sh', 'configs/reldistill_nus.py',
                     '2'], [
                         'tools/dist_test.sh', 'configs/reldistill_nus.py',
                         f'{tmp_path}/epoch_1.pth', '2'
                     ]):
        out = subprocess.run(
            [*command, '--work-dir',
             str(tmp_path), *as_arguments(options)],
            capture_output=True,
            text=True,
            cwd=REPO,
            env={
                **os.environ,
                **environment
            })
        assert out.returncode == 0, out.stdout[-3000:] + out.stderr[-3000:]
    tested = sorted(tmp_path.glob('*/2*.json'))[-1]
    # mmengine 0.10 lets every rank write this file at once: the longer of two
    # texts can remain after the shorter one.
    figures, _ = json.JSONDecoder().raw_decode(tested.read_text())
    assert figures['samples'] == 2


def test_the_real_keyframe(real_data, tiny_clip, tmp_path):
    """20 iterations on real data: the loss falls, resumes and tests."""
    root = real_data / 'nuscenes_keyframe'
    options = make_options(str(root), 'nuscenes_infos_keyframe.pkl', tiny_clip)
    options['model.pair_sampler.count'] = 1024
    config = REPO / 'configs/reldistill_nus.py'
    train = ['tools/train.py', config, '--work-dir', tmp_path]
    run(*train, *as_arguments({**options, 'train_cfg.max_epochs': 19}))
    run(*train, '--resume',
        *as_arguments({
            **options, 'train_cfg.max_epochs': 20
        }))
    losses = [r['loss'] for r in scalars(tmp_path) if 'loss' in r]
    assert len(losses) == 20
    assert sum(losses[-5:]) < 0.95 * sum(losses[:5])
    out = run('tools/test.py', config, tmp_path / 'epoch_20.pth', '--work-dir',
              tmp_path / 'test', *as_arguments(options))
    assert 'None of the 1 samples has labels' in out.stdout + out.stderr


@pytest.mark.slow
def test_browse_pairs(keyframes, tiny_clip, tmp_path):
    from PIL import Image
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    for extra in (['--frames', '2'], ['--augmented']):
        path = tmp_path / f'{len(extra)}.png'
        out = run('tools/browse_pairs.py', 'configs/reldistill_nus.py',
                  '--out', path, *extra, *as_arguments(options))
        assert 'CAM_BACK' in out.stdout
        assert ('CAM_BACK: ' in out.stdout) == ('--frames' in extra)
        picture = Image.open(path)
        assert picture.width % 2 == 0 and picture.height > picture.width


def test_an_error_names_file_and_remedy(tiny_clip, tmp_path):
    options = make_options(str(tmp_path), 'infos.pkl', tiny_clip)
    out = run(
        'tools/train.py',
        'configs/reldistill_nus.py',
        '--work-dir',
        tmp_path / 'work',
        *as_arguments(options),
        check=False)
    assert out.returncode != 0
    last = [line for line in out.stderr.splitlines() if line.strip()][-1]
    assert str(tmp_path / 'infos.pkl') in last and 'create_data.py' in last


def test_no_pairs_to_browse(tmp_path):
    out = run(
        'tools/browse_pairs.py',
        'configs/reldistill_nus_cached.py',
        '--out',
        tmp_path / 'pairs.png',
        check=False)
    assert 'no step that pairs points' in out.stderr
    assert 'Traceback' not in out.stderr
