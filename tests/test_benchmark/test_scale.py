"""The page of scale: its sums, its model, its table of runs."""
import json
import runpy
from pathlib import Path

import pytest

from reldistill_benchmark import (reads, scale_cache, scale_gather,
                                  scale_gather_tables, scale_page, scale_runs)
from reldistill_benchmark.growth import across_processes
from reldistill_benchmark.keyframe import synthetic_keyframe
from reldistill_benchmark.measure import OTHER, OURS, Settings
from reldistill_benchmark.recipe import CACHED, Recipe
from reldistill_benchmark.report import describe, markdown
from reldistill_mm import config_path

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(None, repetitions=1)
COST = scale_runs.RecipeCost('some', 8, .01, 16, 10**6, 500., 400., {
    1: 5.,
    3: 13.
})


@pytest.fixture
def small(monkeypatch):
    frame = synthetic_keyframe(count=9000, height=90, width=160)
    for module in (reads, scale_cache):
        monkeypatch.setattr(module, 'load_keyframe', lambda data: frame)
    return frame


def test_sizes_are_those_of_files(small, tmp_path):
    sizes = scale_cache.measure_sizes(None)
    assert sizes.points == 9000 and sizes.pairs > scale_cache.PAIRS
    for most in (700, scale_cache.PAIRS):
        root = tmp_path / str(most)
        reads.write_copies(root, small, most, 1)
        file, = root.glob('*.safetensors')
        # Names of sizes in the header have more or fewer digits.
        assert sizes.of(most, 9000) == pytest.approx(
            file.stat().st_size, abs=64)
    table = scale_cache.size_table(sizes)
    row = next(each for each in table['cells'] if each[0] == 'Waymo')
    assert row[1] == '158,081 x 5' and row[2] == '4,096 (--pairs 4096)'
    bytes_each = 4096 * sizes.pair + 177_000 / 8 + sizes.rest
    assert row[4] == f'{bytes_each * 158081 / 1e12:.2f} TB'
    assert any('TensorFlow Datasets' in note for note in table['notes'])


def test_both_forms_are_read(small, monkeypatch):
    monkeypatch.setattr(reads, 'SHARD_MB', 5)
    rows = reads.measure(None, 1000, 200, 6, 2)
    assert [row['case'].split(':')[0]
            for row in rows] in (['warm'], ['warm', 'cold'])
    for row in rows:
        assert row[OURS]['repetitions'] == row[OTHER]['repetitions'] == 2
        assert row[OURS]['median_s'] > 0 < row['ratio']['least']
        assert '6 keyframes, 200 of 1000 pairs' in describe(row)
    sizes = scale_cache.measure_sizes(None)
    table = scale_cache.read_table(sizes, rows)
    assert table['cells'][0][2].startswith('80 reads, ')
    assert '2 turns' in table['notes'][1]


def test_the_model():
    line = scale_gather.fit_line({1: 1.5, 2: 2.5, 4: 4.5, 8: 9.}, (1, 2, 4))
    assert (line.fixed, line.each) == pytest.approx((.5, 1.))
    assert line.residuals()[8] == pytest.approx(.5)
    # Four times the pairs are sixteen times the relations.
    assert scale_gather.at_recipe(line, 2).each == pytest.approx(16)
    table = scale_gather_tables.model_table(
        dict(tiles=line._replace(measured={
            1: 1.5,
            8: 9.
        })))
    assert table['cells'][0][3:] == ['8500.0 ms', '9000.0 ms (+6%)']


def test_when_gathering_pays():
    assert COST.step_s() == pytest.approx(33)
    costs = dict(
        gather=scale_gather.Line(0, .001, {}),
        tiles=scale_gather.Line(0, .03, {}))
    table = scale_gather_tables.prediction_table(costs, COST)
    rows = {row[0]: row for row in table['cells']}
    # 4 x 0.001 x 8 + 16 x 0.03 x (8 - 1), of 33 s.
    assert rows['8'][1:] == [
        '32,768', '0.03 s', '3.84 s', '31 s', f'{3.392 / 33:.0%}'
    ]
    assert 'up to 4 ranks' in ' '.join(table['notes'])
    costs['tiles'] = scale_gather.Line(0, 9., {})
    table = scale_gather_tables.prediction_table(costs, COST)
    assert 'for no number of ranks' in ' '.join(table['notes'])


def test_what_runs_need():
    one, eight, many = scale_runs.run_table(COST)['cells']
    assert one[1] == '8' and one[3] == '0.005' and one[-2:] == ['0 MB'] * 2
    assert eight[3] == '0.04' and eight[4] == f'{3700 / 1024:.1f} GB'
    assert eight[-2:] == ['7 MB', f'{7 * 4096 * 1024 * 4 / 1e6:.0f} MB']
    assert many[2] == '55' and many[5] == '4,096'
    assert many[6].startswith('262,144, ')


def test_the_recipe_is_measured(small_options):
    seconds, parameters = scale_runs.seconds_of_step(
        Recipe(config_path(CACHED), small_options), 'cpu', 1, 1)
    assert seconds > 0 and parameters > 1000


@pytest.mark.slow
def test_processes(monkeypatch):
    monkeypatch.setattr(scale_gather, 'PAIRS', 64)
    for part in (scale_gather.gathering, scale_gather.tiles):
        point, = across_processes(part, [2], SETTINGS)
        assert point['size'] == 2 and point['least_s'] > 0


def figures():
    machine = dict(device='a', threads=1, system='b', versions={}, commit='c')
    return dict(
        machine=machine,
        command='python tools/benchmark.py scale',
        suites=dict(scale=[scale_runs.run_table(COST)]))


def test_the_page(tmp_path, monkeypatch, capsys):
    text = scale_page.page(figures())
    assert text.startswith('# Scale\n') and '## What a run needs\n' in text
    assert '| 64 | 512 | 55 | 0.32 |' in markdown(figures())
    path, tool = tmp_path / 'a.json', ROOT / 'tools/benchmark.py'
    path.write_text(json.dumps(figures()))
    arguments = [
        str(tool), '--markdown',
        str(path), '--page',
        str(tmp_path / 'a.md')
    ]
    monkeypatch.setattr('sys.argv', arguments)
    runpy.run_path(str(tool), run_name='__main__')
    assert (tmp_path / 'a.md').read_text() == text
    path.write_text(json.dumps(dict(figures(), suites={})))
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(tool), run_name='__main__')
    assert end.value.code == 2
    assert 'holds no figures of the suite scale' in capsys.readouterr().err


def test_the_page_in_the_docs_has_all_tables():
    text = (ROOT / 'docs/scale.md').read_text()
    for title in ('Caches', 'Reads per second', 'A model of gather=True',
                  'When gather=True pays', 'What a run needs'):
        assert f'## {title}\n' in text
