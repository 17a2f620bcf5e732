"""train.py and test.py: one line for bad input, a traceback for a bug."""
import runpy
import subprocess
import sys

import pytest
import torch
from small_options import as_arguments, make_options
from test_tools.test_train_test import REPO

NUS = 'configs/reldistill_nus.py'


@pytest.fixture
def options(keyframes, tiny_clip):
    return make_options(str(keyframes), 'infos.pkl', tiny_clip)


@pytest.fixture
def ended(capfd, monkeypatch, tmp_path):
    """Runs a tool; returns its exit code and the lines on stderr."""

    def run(name, *arguments):
        path = str(REPO / f'tools/{name}.py')
        monkeypatch.setattr(
            'sys.argv',
            [path, *map(str, arguments), '--work-dir',
             str(tmp_path / 'work')])
        monkeypatch.chdir(REPO)
        monkeypatch.setenv('LOCAL_RANK', '0')
        with pytest.raises(SystemExit) as end:
            runpy.run_path(path, run_name='__main__')
        return end.value.code, capfd.readouterr().err.splitlines()

    return run


@pytest.mark.parametrize('name, arguments, message', [
    ('test', ['configs/none.py', 'x.pth'], "'configs/none.py' does not exist"),
    ('train', ['configs/none.py'], "'configs/none.py' does not exist"),
    ('train', ['{tmp}/syntax.py'], 'not valid Python'),
    ('train', ['{tmp}/fails.py'], 'cannot be read (NameError'),
    ('train', ['{tmp}/empty.py'], 'has no model'),
    ('train', ['{tmp}/import.py'], 'cannot be read (ImportError'),
    ('test', [NUS, '{tmp}/none.pth'], 'none.pth'),
    ('test', [NUS, '{tmp}/torn.pth'], "torn.pth' is not a complete check"),
    ('test', [NUS, '{tmp}/model.pth'], "model.pth' holds no weights"),
    ('test', [NUS, '{tmp}/linear.pth'], 'none of its tensors'),
    ('test', [NUS, '{tmp}/linear.pth', '--checkpoint-key', 'ema'
              ], "no weights under 'ema'"),
    ('test', [NUS, '{tmp}/linear.pth', '--show'], '--task'),
    ('train', [NUS, '--resume', '{tmp}/none.pth'], 'none.pth'),
    ('train', [NUS, '--resume', '{tmp}/linear.pth'], "linear.pth'"),
    ('train', [NUS, '--cfg-options', 'model.type=Nonsense'], 'Nonsense'),
    ('train', [NUS, '--cfg-options', 'model.nothing=3'], "'nothing'"),
    ('train', [NUS, '--cfg-options', 'model.a.b.c=3', 'model.type.x=3'
               ], 'no place for --cfg-options'),
])
def test_one_line_and_exit_code_2(ended, options, tmp_path, name, arguments,
                                  message):
    (tmp_path / 'syntax.py').write_text('x = = 1\n')
    (tmp_path / 'fails.py').write_text('x = y\n')
    (tmp_path / 'empty.py').write_text('x = 1\n')
    (tmp_path / 'import.py').write_text(
        "custom_imports = dict(imports=['not_there_at_all'])\nmodel = 1\n")
    (tmp_path / 'torn.pth').write_bytes(b'PK\x03\x04')
    torch.save(dict(model={}), tmp_path / 'model.pth')
    torch.save(
        dict(torch.nn.Linear(2, 2).state_dict()), tmp_path / 'linear.pth')
    arguments = [text.format(tmp=tmp_path) for text in arguments]
    if '--cfg-options' in arguments:
        arguments += as_arguments(options)[1:]
    elif arguments[0] == NUS:
        arguments += as_arguments(options)
    code, lines = ended(name, *arguments)
    said = [line for line in lines if not line.startswith('WARNING')]
    assert code == 2, lines
    assert len(said) == 1 and said[0].startswith(f'{name}.py: error: ')
    assert message in said[0]


@pytest.mark.parametrize('workers', [0, 2])
@pytest.mark.parametrize('damage, message', [
    (lambda path: path.unlink(), 'does not exist'),
    (lambda path: path.write_bytes(path.read_bytes()[:-3]), "000.pcd.bin'"),
])
def test_what_a_worker_raises(tmp_path, tiny_clip, workers, damage, message):
    """Of a process of its own, as a person sees it."""
    from tiny_nuscenes import write_keyframes
    write_keyframes(tmp_path, count=1)
    damage(tmp_path / 'samples/LIDAR_TOP/000.pcd.bin')
    options = make_options(str(tmp_path), 'infos.pkl', tiny_clip)
    options['train_dataloader.num_workers'] = workers
    options['val_cfg'] = options['val_evaluator'] = None
    options = {
        name: value
        for name, value in options.items()
        if not name.startswith('val_dataloader')
    }
    options['val_dataloader'] = None
    out = subprocess.run([
        sys.executable, '-W', 'ignore', 'tools/train.py', NUS, '--work-dir',
        str(tmp_path / 'work'), *as_arguments(options)
    ],
                         capture_output=True,
                         text=True,
                         cwd=REPO)
    assert out.returncode == 2, out.stderr[-2000:]
    line, = [
        line for line in out.stderr.splitlines() if line.startswith('train.py')
    ]
    assert message in line and 'Caught' not in line
    assert 'Traceback' not in out.stderr


def test_a_bug_keeps_its_traceback(monkeypatch, options):
    from reldistill_mm.models.segmentors import RelationalDistiller

    def broken(*_, **__):
        raise ZeroDivisionError('a bug')

    monkeypatch.setattr(RelationalDistiller, '__init__', broken)
    monkeypatch.setattr('sys.argv', [
        str(REPO / 'tools/train.py'),
        str(REPO / NUS), *as_arguments(options)
    ])
    with pytest.raises(ZeroDivisionError):
        runpy.run_path(str(REPO / 'tools/train.py'), run_name='__main__')
