"""Means, spreads and the table's text."""
import json

from reldistill_mm.experiments.table import (format_table, summarise_runs,
                                             write_table)


def result(model, seed, miou, protocol='few', **more):
    return dict(
        model=model,
        protocol=protocol,
        seed=seed,
        subset='scenes=every_100th_scene',
        commit='abc',
        metrics=dict(miou=miou, classes=16.0 - seed, **more))


RESULTS = [
    result('random', 0, .1),
    result('random', 1, .2),
    result('rel', 0, .4),
    result('rel', 0, .5, protocol='zero_shot', miou_visible=.6)
]


def test_rows():
    first, second, third = summarise_runs(RESULTS)
    assert (first['protocol'], first['model']) == ('few', 'random')
    assert first['seeds'] == [0, 1] and first['classes'] == 15
    assert round(first['miou'], 6) == .15
    # Sample standard deviation: sqrt(2 * 0.05**2 / 1).
    assert round(first['miou_spread'], 6) == .070711
    assert second['miou'] == .4 and second['miou_spread'] is None
    assert third['miou_visible'] == .6 and 'miou_visible' not in first


def test_text():
    lines = format_table(summarise_runs(RESULTS)).splitlines()
    assert '| few | scenes=every_100th_scene | 15 | 15.0 ± 7.1 (2) ' \
        '| 40.0 (1) |' in lines
    assert '| protocol | labels | classes | random | rel |' in lines
    assert '| zero_shot | scenes=every_100th_scene | 16 | – | 50.0 (1) |' \
        in lines
    assert 'Commit: abc.' in lines


def test_files(tmp_path):
    text = write_table(RESULTS, tmp_path)
    assert (tmp_path / 'table.md').read_text() == text
    rows = json.loads((tmp_path / 'table.json').read_text())
    assert rows == summarise_runs(RESULTS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        'table.json', 'table.md'
    ]
