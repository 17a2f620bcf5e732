"""The demo, small: every phase runs and the summary adds up."""
import json

from PIL import Image

from reldistill_mm.demo import run_demo
from reldistill_mm.demo.run import summarise_runs
from reldistill_mm.demo.summary import format_summary


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
    single = format_summary(summarise_runs(teacher, runs[:1], {}, [0]))
    assert '0.400' in single and ' +- ' not in single


def test_the_whole_demo(tmp_path, monkeypatch):
    """On a world of two key frames, two epochs."""
    from reldistill_mm.demo import run
    small = dict(
        scenes=(1, 1),
        keyframes=2,
        image_size=(256, 144),
        azimuth_steps=240,
        quiet=True)
    ensure = run.ensure_miniworld
    monkeypatch.setattr(run, 'ensure_miniworld',
                        lambda data: ensure(data, **small))
    out = tmp_path / 'out'
    summary = run_demo(out, tmp_path / 'data', seeds=[0], epochs=2)
    assert json.loads((out / 'summary.json').read_text()) == summary
    # The tools were given the options of this run, not the shipped config.
    assert (out / 'seed0/epoch_2.pth').is_file()
    assert not (out / 'seed0/epoch_3.pth').exists()
    for name in ('teacher_miou_at_pairs', 'student_miou',
                 'student_miou_visible', 'untrained_miou'):
        assert 0 <= summary[name] <= 1
    assert set(summary['seconds']) == {
        'data', 'teacher', 'teacher cache', 'test untrained', 'train', 'test',
        'pictures'
    }
    text = (out / 'summary.txt').read_text()
    for name in ('cameras_pairs', 'cameras_teacher_labels', 'birds_eye',
                 'features', 'curves'):
        assert Image.open(out / f'{name}.png').width > 300
        assert f'{name}.png' in text
