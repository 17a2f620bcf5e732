"""Records of runs and their file."""
import json
import math

import pytest

from reldistill_mm.experiments import (compare, figures_of, read_json,
                                       write_json)

RUNS = [
    dict(seed=1, method='a', miou=0.2),
    dict(seed=0, method='a', miou=0.1),
    dict(seed=0, method='b', miou=0.3),
    dict(seed=2, method='a', miou=None)
]


def test_figures_by_seed():
    found = figures_of(RUNS, 'miou', method='a')
    assert found == {0: 0.1, 1: 0.2} and list(found) == [0, 1]
    assert figures_of(RUNS, 'missing') == {}
    with pytest.raises(ValueError, match='Two runs of seed 0'):
        figures_of(RUNS, 'miou')


def test_file_holds_plain_json_or_nothing(tmp_path):
    path = tmp_path / 'deep/results.json'
    finding = compare('x', [1.])
    write_json(path, dict(found=[finding], rate={0.01: 2}, bad=math.nan))
    read = read_json(path)
    assert read['bad'] is None and read['rate'] == {'0.01': 2}
    assert read['found'][0]['text'] == 'x'
    assert read['found'][0]['low'] is None
    with pytest.raises(TypeError):
        write_json(path, dict(bad=object()))
    assert read_json(path) == read
    path.write_text('{')
    with pytest.raises(ValueError, match='results.json'):
        read_json(path)
    assert json.dumps(read)
