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
    protocols = [tmp_path / 'x.py', tmp_path / 'y.py']
    for path in protocols:
        path.touch()
    monkeypatch.setattr('reldistill_mm.experiments.run_protocols',
                        lambda *arguments: seen.append(arguments) or 'TABLE')
    monkeypatch.setattr('sys.argv', [
        str(TOOL), '--start', 'random', '--checkpoints', 'rel=a{seed}=b.pth',
        '--protocols', *map(str, protocols), '--seeds', '5', '6', '--jobs',
        '2', '--out',
        str(tmp_path), '--cfg-options', 'train_cfg.max_iters=3'
    ])
    tool.main()
    assert capsys.readouterr().out == 'TABLE\n'
    assert seen == [(dict(random='',
                          rel='a{seed}=b.pth'), protocols, [5, 6], tmp_path, {
                              'train_cfg.max_iters': 3
                          }, 2, 1, 2, None, [])]
