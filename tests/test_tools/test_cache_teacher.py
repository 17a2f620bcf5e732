"""tools/cache_teacher.py and training on what it wrote, as typed."""
import shlex
import subprocess
import sys

import pytest
from small_options import as_arguments, make_options
from test_tools.test_train_test import REPO, run, scalars

CONFIG = 'configs/reldistill_nus_cached.py'


@pytest.fixture
def options(keyframes, tiny_clip, clip_weights, tmp_path):
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    options['teacher_cache_root'] = tmp_path / 'cache'
    return options


@pytest.mark.slow
def test_build_then_train_and_be_told_what_is_wrong(options, tmp_path):
    arguments = as_arguments(options)
    train = ('tools/train.py', CONFIG, '--work-dir', tmp_path / 'work',
             *as_arguments({
                 **options, 'train_cfg.max_epochs': 1
             }))
    tool = ('tools/cache_teacher.py', CONFIG, '--workers', 0)
    # Two processes at once, both of them writing everything.
    processes = [
        subprocess.Popen([sys.executable, *map(str, tool), *arguments],
                         cwd=REPO,
                         stdout=subprocess.PIPE,
                         text=True) for _ in range(2)
    ]
    for process in processes:
        text, _ = process.communicate()
        assert process.returncode == 0
        assert '2 keyframes' in text and 'MB per keyframe' in text
    run(*train)
    records = [r for r in scalars(tmp_path / 'work') if 'loss' in r]
    assert records and {'loss_cross', 'loss_intra'} <= set(records[-1])

    file = tmp_path / 'cache/token1.safetensors'
    file.write_bytes(file.read_bytes()[:-5])
    out = run(*train, check=False)
    assert out.returncode != 0
    assert str(file) in out.stderr and 'truncated' in out.stderr
    # The error's own command repairs the cache.
    command = shlex.split(out.stderr.split('`')[-2])
    assert command[:2] == ['python', 'tools/cache_teacher.py']
    assert '1 kept, 1 rebuilt, damaged' in run(*command[1:]).stdout

    # What the files hold is another teacher's now.
    out = run(*train, 'model.teacher.stride=16', check=False)
    assert out.returncode != 0
    assert 'stale' in out.stderr and 'stride' in out.stderr


@pytest.mark.slow
def test_other_losses_by_one_option(options, tmp_path):
    run('tools/cache_teacher.py', CONFIG, '--dims', 8, '--pairs', 300,
        '--workers', 1, *as_arguments(options))
    options.update({
        'train_cfg.max_epochs': 1,
        'model.distill_head.losses.0.type': 'SimilarityLoss'
    })
    assert len(list((tmp_path / 'cache').glob('token*'))) == 2
    run('tools/train.py', CONFIG, '--work-dir', tmp_path / 'work',
        *as_arguments(options))
    records = [r for r in scalars(tmp_path / 'work') if 'loss' in r]
    assert 'loss_similarity' in records[-1]
