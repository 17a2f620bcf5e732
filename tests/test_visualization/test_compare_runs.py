"""Runs in one figure: the panels that were logged, a curve per run."""
import json

import pytest

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.visualization import draw_runs
from reldistill_mm.visualization.compare_runs import run_names


def write(folder, *records):
    path = folder / '2026/vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(map(json.dumps, records)))
    return folder


def test_a_curve_for_each_run(tmp_path):
    one = write(tmp_path / 'one/train', dict(loss=2, lr=.1, step=10),
                dict(loss=1, lr=.2, step=20, cka=.5, modality_gap=.3),
                dict(miou=.4, step=1))
    two = write(tmp_path / 'two/train', dict(loss=3, base_lr=.1, step=10))
    figure = draw_runs([one, two])
    drawn = {
        axis.get_title(): axis.lines
        for axis in figure.axes if axis.get_title()
    }
    assert list(drawn) == [
        'loss', 'learning rate', 'zero-shot mIoU (validation)',
        'modality gap G (training batches)',
        'CKA with the teacher (training batches)'
    ]
    assert [axis.get_ylabel() for axis in figure.axes if axis.get_title()
            ] == ['loss', 'learning rate', 'mIoU', 'G', 'CKA']
    first, second = drawn['loss']
    assert list(first.get_xdata()) == [10, 20]
    assert list(first.get_ydata()) == [2, 1]
    assert list(second.get_ydata()) == [3]
    assert [line.get_label()
            for line in drawn['loss']] == ['one/train', 'two/train']
    assert first.get_color() != second.get_color()
    assert list(drawn['learning rate'][1].get_ydata()) == [.1]
    assert not len(
        drawn['CKA with the teacher (training batches)'][1].get_xdata())


def test_training_and_validation_are_not_one_curve(tmp_path):
    """Both log uniformity, over iterations and over epochs."""
    run = write(tmp_path / 'run', dict(loss=2, uniformity=1.5, step=50),
                dict(loss=2, uniformity=1.5, step=60),
                dict(uniformity=9., tolerance=.7, step=1),
                dict(loss=1, uniformity=1.6, tolerance=9., step=100),
                dict(keyframe_tolerance=.8, step=2))
    drawn = {axis.get_title(): axis.lines for axis in draw_runs([run]).axes}
    line, = drawn['uniformity U of the student (training batches)']
    # At step 60 the logger repeated what was measured at 50.
    assert list(line.get_xdata()) == [50, 100]
    assert list(line.get_ydata()) == [1.5, 1.6]
    line, = drawn['tolerance T of the student (validation)']
    assert list(line.get_ydata()) == [.7, .8]


def test_what_cannot_be_compared(tmp_path):
    with pytest.raises(MissingInput, match='No log'):
        draw_runs([tmp_path])
    other = write(tmp_path / 'other', dict(time=1, step=1))
    with pytest.raises(BadInput, match='hold none of the values'):
        draw_runs([other])
    with pytest.raises(BadInput, match='given twice'):
        draw_runs([other, other / '../other'])
    assert run_names([]) == []
