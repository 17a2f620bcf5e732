"""The command line; the study itself is in test_protocol."""
import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / 'tools/run_protocol.py'


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location('run_protocol', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arguments_reach_the_study(tool, monkeypatch, tmp_path, capsys):
    seen = []
    monkeypatch.setattr(tool, 'run_protocols',
                        lambda *arguments: seen.append(arguments) or 'TABLE')
    monkeypatch.setattr('sys.argv', [
        str(TOOL), '--start', 'random', '--checkpoints', 'rel=a{seed}=b.pth',
        '--protocols', 'x.py', 'y.py', '--seeds', '5', '6', '--jobs', '2',
        '--out',
        str(tmp_path), '--cfg-options', 'train_cfg.max_iters=3'
    ])
    tool.main()
    assert capsys.readouterr().out == 'TABLE\n'
    assert seen == [(dict(random='', rel='a{seed}=b.pth'),
                     [Path('x.py'), Path('y.py')], [5, 6], tmp_path, {
                         'train_cfg.max_iters': 3
                     }, 2)]


@pytest.mark.parametrize(
    'texts',
    [['rel'], ['random=a.pth'], ['a=1', 'a=2'], ['a/b=c.pth'], ['=c.pth']])
def test_checkpoints_that_cannot_be_told_apart(tool, texts):
    with pytest.raises(ValueError, match='NAME=PATH'):
        tool.parse_columns([], texts)


def test_starts_are_columns_too(tool):
    assert tool.parse_columns(['random', 'slow'], ['a=b.pth']) == dict(
        random='', slow='', a='b.pth')
    with pytest.raises(ValueError, match='each name once'):
        tool.parse_columns(['random'], ['random'])
    with pytest.raises(ValueError, match='nothing to run'):
        tool.parse_columns([], [])
