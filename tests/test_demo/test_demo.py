"""The demo, small: every phase runs and the summary adds up."""
import json
import os
import re
import runpy
import shutil
from pathlib import Path

import pytest
from browser import MISSING
from explorer_page import check_explorer
from mmengine.config import Config
from PIL import Image

from miniworld.demo import run_demo
from miniworld.demo.phases import Phases
from miniworld.demo.quiet import into_log, seconds_left
from miniworld.demo.run import summarise_runs
from miniworld.demo.summary import format_summary

EPOCHS = 30
LAST = f'seed0/epoch_{EPOCHS}.pth'


def test_means_and_spreads_over_seeds():
    runs = [
        dict(
            student=dict(miou=value, miou_visible=value, classes=16.0),
            untrained=dict(miou=.02, miou_visible=.02)) for value in (.4, .6)
    ]
    teacher = dict(miou=0.8, classes=16)
    figures = summarise_runs(teacher, runs, dict(train=12.34), [0, 1])
    assert figures['student_miou'] == 0.5
    assert round(figures['student_miou_spread'], 4) == 0.1414
    text = format_summary(figures)
    assert '0.500 +- 0.141' in text and '16 of 16' in text
    assert '2 (seeds 0, 1)' in text
    single = format_summary(summarise_runs(teacher, runs[:1], {}, [0]))
    assert '0.400' in single and ' +- ' not in single
    assert '1 (seed 0)' in single


def test_what_is_printed_goes_to_the_log(tmp_path, capfd):
    log = tmp_path / 'log.txt'
    with into_log(log):
        os.system('echo of a child')
        os.write(2, b'of this process\n')
    print('after')
    assert capfd.readouterr().out == 'after\n'
    assert log.read_text() == 'of a child\nof this process\n'
    with pytest.raises(ValueError), into_log(log):
        os.write(1, b'the reason\n')
        raise ValueError
    told = capfd.readouterr().out
    assert told.startswith(f'{log} ends:') and 'the reason' in told


@pytest.mark.parametrize('line, left', [
    ('60 of 100, 6 s, 4 s to go', 4),
    ('MiniWorld: scene 5 of 10, 34 s', 34),
    ('INFO - Epoch(train)  [1][10/40]  lr: 1e-03  eta: 1 day, 0:06:41', 86801),
    ('INFO - Epoch(val)  [10/20]  eta: 0:00:09', None),
    ('loss: 1.2', None),
])
def test_time_left(line, left):
    assert seconds_left(line) == left


@pytest.mark.slow
def test_the_whole_demo(tmp_path, monkeypatch, capfd):
    """On a world of two keyframes, as long as it takes to learn a little."""
    from miniworld import prepare
    from miniworld.demo import pictures, run
    small = dict(
        scenes=(1, 1),
        keyframes=2,
        image_size=(256, 144),
        azimuth_steps=240,
        quiet=True)
    ensure = prepare.ensure_miniworld
    monkeypatch.setattr(prepare, 'ensure_miniworld',
                        lambda data: ensure(data, **small))
    out = tmp_path / 'out'
    summary = run_demo(out, tmp_path / 'data', seeds=[0], epochs=EPOCHS)
    assert json.loads((out / 'summary.json').read_text()) == summary
    # The tools were given the options of this run, not the shipped config.
    assert (out / LAST).is_file()
    assert not (out / f'seed0/epoch_{EPOCHS + 1}.pth').exists()
    for name in ('teacher_miou_at_pairs', 'student_miou',
                 'student_miou_visible', 'untrained_miou'):
        assert 0 <= summary[name] <= 1
    assert set(summary['seconds']) == {
        'data', 'teacher', 'teacher cache', 'test untrained', 'train', 'test',
        'pictures', 'report'
    }
    report = (out / 'report.html').read_text()
    assert summary['pictures']['report.html'] == ''
    assert 'http:' not in report and 'https:' not in report
    assert f'{summary["student_miou"]:.3f} mIoU' in report
    assert report.count('src="data:image/png;base64,') == 7
    assert '<iframe' in report and (out / 'explorer.html').is_file()
    assert (out / 'model/zero_shot.pth').is_file()
    told = capfd.readouterr().out.splitlines()
    numbered = [line for line in told if re.match(r'\[\d/8\] ', line)]
    assert len(numbered) == 8 and numbered[0].startswith('[1/8] data: ')
    # As it can be typed in a shell that knows nothing of this environment.
    python, tool = told[-3].split()[:2]
    assert shutil.which(python) and tool == 'tools/segment.py'
    assert 'Epoch(train)' in (out / 'log.txt').read_text()
    text = (out / 'summary.txt').read_text()
    for name in ('cameras_pairs', 'cameras_teacher_labels', 'birds_eye',
                 'features', 'curves'):
        assert Image.open(out / f'{name}.png').width > 300
        assert f'{name}.png' in text
        assert summary['pictures'][f'{name}.png'] == ''

    # A second call: nothing is trained or tested again, nothing is lost.
    def refuse(*_, **__):
        raise RuntimeError('the pen broke')

    for name in ('run_train', 'run_test', 'evaluate_teacher',
                 'test_untrained'):
        monkeypatch.setattr(run, name, refuse)
    monkeypatch.setattr(pictures, 'draw_curves', refuse)
    kept = (out / LAST).stat().st_mtime_ns
    again = run_demo(out, tmp_path / 'data', seeds=[0], epochs=EPOCHS)
    assert (out / LAST).stat().st_mtime_ns == kept
    assert json.loads((out / 'summary.json').read_text()) == again
    assert again['pictures']['curves.png'] == 'RuntimeError: the pen broke'
    assert not (out / 'curves.png').exists()
    assert not again['pictures']['features.png']
    assert 'curves.png FAILED: RuntimeError' in (out /
                                                 'summary.txt').read_text()
    for name in set(summary) - {'seconds', 'pictures'}:
        assert again[name] == summary[name]
    for name in ('train', 'test', 'test untrained', 'teacher'):
        assert again['seconds'][name] == summary['seconds'][name]
    # Another number of epochs is another demo.
    with pytest.raises(RuntimeError, match='the pen broke'):
        run_demo(out, tmp_path / 'data', seeds=[0], epochs=EPOCHS + 1)
    if MISSING is not None:
        pytest.skip(f'the page was not visited: {MISSING}')
    cfg = Config.fromfile(out / 'config_seed0.py')
    check_explorer(
        pictures.KeyFrame(cfg, out / 'seed0'),
        (out / 'explorer.html').read_text('utf-8'), tmp_path)


@pytest.mark.parametrize('cuda, cores, asked, expected', [
    (False, 2, None, 2),
    (False, 8, None, 2),
    (False, 1, None, 1),
    (False, None, None, 1),
    (True, 8, None, 1),
    (False, 8, 1, 1),
])
def test_processes_share_a_step(tmp_path, monkeypatch, cuda, cores, asked,
                                expected):
    """The batch stays the same whoever computes it."""
    from miniworld.demo import run
    monkeypatch.setattr('torch.cuda.is_available', lambda: cuda)
    monkeypatch.setattr('os.cpu_count', lambda: cores)
    monkeypatch.setattr(run, 'test_untrained', lambda *_: dict(miou=.1))
    monkeypatch.setattr(run, 'run_test', lambda *_: dict(miou=.5))
    calls = []

    def train(config, work_dir, *flags, processes):
        calls.append((flags[-1], processes))
        last = work_dir / 'epoch_2.pth'
        work_dir.mkdir()
        last.touch()
        return last

    monkeypatch.setattr(run, 'run_train', train)
    cfg = run.demo_config(tmp_path, tmp_path, 0, None)
    run.train_and_test(cfg, tmp_path / 'seed0', Phases(tmp_path / 'p.json'),
                       'made', asked)
    assert calls == [(f'train_dataloader.batch_size={2 // expected}', expected)
                     ]


def test_figures_are_written_before_the_pictures(tmp_path, monkeypatch):
    from miniworld.demo import run
    monkeypatch.setattr(run, 'prepare_data', lambda data: None)
    monkeypatch.setattr(run, 'call_tool', lambda *_: None)
    monkeypatch.setattr(run, 'evaluate_teacher',
                        lambda *_: dict(miou=0.8, classes=16))
    figures = dict(miou=0.5, miou_visible=0.6, classes=16)
    monkeypatch.setattr(run, 'train_and_test',
                        lambda *_: dict(untrained=figures, student=figures))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, 'draw_all', interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_demo(tmp_path, tmp_path / 'data', seeds=[0])
    assert json.loads(
        (tmp_path / 'summary.json').read_text())['student_miou'] == 0.5
    assert '0.500' in (tmp_path / 'summary.txt').read_text()


def test_a_failed_picture_is_an_error_at_the_end(monkeypatch, tmp_path):
    tool = Path(__file__).resolve().parents[2] / 'tools/demo.py'
    for error, code in (('', None), ('no ink', 'not drawn: b.png')):
        monkeypatch.setattr(
            'miniworld.demo.run_demo',
            lambda *_, error=error: dict(pictures={
                'a.png': '',
                'b.png': error
            }))
        monkeypatch.setattr('sys.argv', ['demo.py', '--out', str(tmp_path)])
        if code is None:
            runpy.run_path(str(tool), run_name='__main__')
            continue
        with pytest.raises(SystemExit, match=code):
            runpy.run_path(str(tool), run_name='__main__')


def test_phases_are_done_once(tmp_path):
    path, calls = tmp_path / 'phases.json', []

    def work():
        calls.append(1)
        return dict(miou=0.5)

    for made_of in ('a', 'a', 'b'):
        phases = Phases(path)
        assert phases.run_once('test', 'seed0', made_of, work)['miou'] == 0.5
        phases.run_once('test', 'seed1', 'a', work)
    assert len(calls) == 3
    # A result that points to what has been removed does not hold.
    phases.run_once('test', 'seed0', 'b', work, lambda _: False)
    assert len(calls) == 4
    phases = Phases(path)
    for part, made_of in (('seed0', 'b'), ('seed1', 'a')):
        phases.run_once('test', part, made_of, work)
    assert len(calls) == 4
    kept = json.loads(path.read_text())
    seconds = sum(phase['seconds'] for phase in kept.values())
    assert phases.seconds['test'] == pytest.approx(seconds)

    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        Phases(path).run_once('test', 'seed2', 'a', fail)
    assert json.loads(path.read_text()) == kept
