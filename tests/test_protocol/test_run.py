"""A whole study on two key frames, ended and gone on with."""
import json
import shutil

import pytest

from reldistill_mm.protocol import execute, run_protocols
from reldistill_mm.utils import call_tools


def test_a_study_that_goes_on_where_it_stopped(protocols, distilled, tmp_path,
                                               monkeypatch, capsys):
    out = tmp_path / 'out'
    called = []
    call = call_tools.call_tool

    def counted(tool, *arguments, **how):
        called.append(tool)
        call(tool, *arguments, **how)

    monkeypatch.setattr(call_tools, 'call_tool', counted)
    checkpoints = dict(random='', rel=str(distilled))
    text = run_protocols(checkpoints, protocols, [0], out, jobs=2)
    assert sorted(called) == 4 * ['test.py'] + 2 * ['train.py']
    assert '4 runs, 0 of them finished before' in capsys.readouterr().out
    assert '| few | scenes=every_100th_scene |' in text
    assert '| zero_shot | no label |' in text

    few = out / 'rel/few/seed0'
    figures = json.loads((few / 'figures.json').read_text())
    assert figures['subset'] == 'scenes=every_100th_scene'
    assert figures['checkpoint'] == str(distilled)
    assert figures['commit'] and 0 <= figures['metrics']['miou'] <= 1
    log = (few / 'output.txt').read_text()
    # The distilled weights, the subset, and the last epoch's checkpoint.
    assert "tensors of 'backbone.' loaded from" in log
    assert 'Subset scenes=every_100th_scene' in log
    assert 'epoch_1.pth' in log
    random = (out / 'random/few/seed0/output.txt').read_text()
    assert "tensors of 'backbone.' loaded" not in random
    rows = json.loads((out / 'table.json').read_text())
    assert {
        row['protocol']: row['miou']
        for row in rows if row['model'] == 'rel'
    }['few'] == figures['metrics']['miou']

    # Half finished: no figures. It starts again, alone.
    (few / 'figures.json').unlink()
    called.clear()
    again = run_protocols(checkpoints, protocols, [0], out)
    assert called == ['train.py', 'test.py']
    assert again == text
    called.clear()
    assert run_protocols(checkpoints, protocols, [0], out) == text
    assert called == []

    # Figures of something else are neither mixed in nor overwritten.
    other = tmp_path / 'other.pth'
    shutil.copy(distilled, other)
    with pytest.raises(ValueError, match='another config or checkpoint'):
        run_protocols(
            dict(rel=str(other)),
            protocols, [0],
            out,
            options={'train_cfg.max_epochs': 2})
    assert (few / 'figures.json').is_file() and called == []


def test_a_failure_keeps_the_rest(protocols, distilled, tmp_path, monkeypatch):
    metrics = dict(miou=0.5, classes=16.0)

    def train(config, work_dir, log, threads):
        if 'rel' in config:
            raise RuntimeError('no more memory')
        return work_dir / 'epoch_1.pth'

    monkeypatch.setattr(execute, 'train', train)
    monkeypatch.setattr(execute, 'test', lambda *_, **__: metrics)
    out = tmp_path / 'out'
    with pytest.raises(RuntimeError, match='1 of 2 runs.*\n.*no more memory'):
        run_protocols(
            dict(rel=str(distilled), random=''), protocols[:1], [0], out)
    assert '50.0 (1)' in (out / 'table.md').read_text()


def test_a_protocol_without_a_place_for_the_checkpoint(protocols, distilled,
                                                       tmp_path):
    random = protocols[0].with_name('few_random.py')
    with pytest.raises(ValueError, match='names no checkpoint'):
        run_protocols(
            dict(rel=str(distilled)), [random], [0], tmp_path / 'out')
