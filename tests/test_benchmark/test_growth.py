"""Curves of growing work: their exponents, their parts, their picture."""
import json
import runpy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from reldistill_benchmark import growth, growth_parts
from reldistill_benchmark.growth_figure import draw_growth
from reldistill_benchmark.keyframe import synthetic_keyframe
from reldistill_benchmark.measure import Settings
from reldistill_benchmark.report import describe, markdown

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(None, repetitions=1)


@pytest.fixture
def small(monkeypatch):
    """A small keyframe in this process, which is warm."""
    frame = synthetic_keyframe(count=3000, height=90, width=160)
    for module in ('growth_parts', 'voxelize'):
        monkeypatch.setattr(f'reldistill_benchmark.{module}.load_keyframe',
                            lambda data: frame)
    monkeypatch.setattr(growth, 'in_fresh_process',
                        lambda function, *args: function(*args))
    return frame


@pytest.mark.parametrize('power', [0.5, 1, 2])
def test_exponents_of_powers(power):
    sizes = [1, 2, 4, 8]
    assert growth.exponent(sizes, [3 * size**power
                                   for size in sizes]) == pytest.approx(power)
    assert growth.exponent(sizes[:2], [1, 2]) is None


@pytest.mark.parametrize('part', [
    part for part in growth.PARTS if part.by != 'processes'
], ids=lambda part: f'{part.name} by {part.by}')  # yapf: disable
def test_parts(part, small):
    """Each does work that grows, on its own input."""
    part = part._replace(sizes=part.sizes[:3])
    row = growth.measure(part, SETTINGS)
    assert [point['size'] for point in row['curve']] == list(part.sizes)
    assert all(point['least_s'] > 0 for point in row['curve'])
    assert row['of_time'] is not None and not row['left_out']
    assert part.name in describe(row)


def test_what_the_parts_return(small):
    pairs = growth_parts.pairing(None, 3, 'cpu')()
    assert len(pairs) == 3 and len(pairs[0].point) > 100
    assert growth_parts.voxels(None, 2, 'cpu')().coors[-1, 0] == 1
    rows = growth_parts.cached_pairs(None, 2000, 'cpu')()
    assert rows.shape == (2000, growth_parts.SMALL_WIDTH)
    labels = growth_parts.words_of_classes(None, 5, 'cpu')()
    assert labels.shape == (3000, ) and labels.unique().tolist() == [*range(5)]


class Sized(NamedTuple):
    """Work that only says how much it is."""
    size: int

    def __call__(self):
        return self.size


def test_sizes_without_time_are_left_out(monkeypatch, small):
    """A size of twice as much may take four times as long."""
    seconds = {1: 1., 2: 9., 4: 40., 8: 200.}
    monkeypatch.setattr(
        growth, 'cost', lambda work, _: dict(
            least_s=seconds[work.size], extra_mb=5. * work.size))
    part = growth.Part('some', 'keyframes', [1, 2, 4, 8],
                       lambda data, size, device: Sized(size), (2, 1))
    row = growth.measure(part, SETTINGS._replace(longest=100.))
    assert [p['size'] for p in row['curve']] == [1, 2, 4]
    assert row['left_out'] == [8]
    assert row['of_memory'] == pytest.approx(1)
    table = markdown(
        dict(
            machine=dict(
                device='a', threads=1, system='b', versions={}, commit='c'),
            command='d',
            suites=dict(growth=[row])))
    assert '| some | 1 to 4 keyframes | 1000.00 to 40000.00 ms |' in table
    assert '(at most 2) | 5.0 to 20.0 MB | 1.00 (at most 1) | 8 |' in table


@pytest.mark.slow
def test_processes():
    """Both parts end on all ranks, and take as many turns on each."""
    for part in (growth_parts.gathering, growth_parts.shared_loss):
        found, = growth.across_processes(part, [2], SETTINGS)
        assert found['size'] == 2 and found['least_s'] > 0
        assert found['extra_mb'] > 0 and found['repetitions'] == 1


def figures(path):
    curve = [
        dict(size=size, least_s=size**2, extra_mb=size)
        for size in (1024, 2048, 4096)
    ]
    row = dict(
        case='loss', by='pairs', curve=curve, left_out=[], of_time=2.,
        of_memory=1., wanted=[2, 1])  # yapf: disable
    machine = dict(device='a', threads=1, system='b', versions={}, commit='c')
    path.write_text(
        json.dumps(
            dict(machine=machine, command='d', suites=dict(growth=[row]))))
    return row


def test_the_picture(tmp_path, monkeypatch, capsys):
    row = figures(tmp_path / 'a.json')
    axes = draw_growth([row, dict(row, by='classes')]).axes
    assert [axis.get_xlabel() for axis in axes] == ['pairs', 'classes'] * 2
    assert axes[0].get_xscale() == axes[0].get_yscale() == 'log'
    line, guide = axes[0].lines
    # Straight, and as steep as is expected.
    np.testing.assert_allclose(line.get_ydata(), guide.get_ydata())
    tool = ROOT / 'tools/benchmark.py'
    monkeypatch.setattr('sys.argv', [
        str(tool), '--markdown',
        str(tmp_path / 'a.json'), '--figure',
        str(tmp_path / 'a.svg')
    ])
    runpy.run_path(str(tool), run_name='__main__')
    assert '| loss | 1024 to 4096 pairs |' in capsys.readouterr().out
    assert '<svg' in (tmp_path / 'a.svg').read_text()


def test_figures_without_the_suite(tmp_path, monkeypatch, capsys):
    figures(tmp_path / 'a.json')
    path = tmp_path / 'a.json'
    path.write_text(path.read_text().replace('"growth"', '"loss"').replace(
        '"curve"', '"batch"'))
    monkeypatch.setattr('reldistill_benchmark.report.markdown', lambda _: '')
    tool = ROOT / 'tools/benchmark.py'
    monkeypatch.setattr('sys.argv', [
        str(tool), '--markdown', str(path), '--figure',
        str(tmp_path / 'a.png')])  # yapf: disable
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(tool), run_name='__main__')
    assert end.value.code == 2
    assert 'holds no figures of the suite growth' in capsys.readouterr().err
