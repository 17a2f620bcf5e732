"""Numbers as text."""
import math

import pytest

from reldistill_mm.cli.tables import (markdown_table, mean_and_spread,
                                      spread_text)


def test_mean_and_spread():
    assert mean_and_spread([.25]) == (.25, None)
    mean, spread = mean_and_spread([1, 2, 6])
    assert mean == 3 and spread == pytest.approx(7**.5)


def test_spread_text():
    assert spread_text([0.4, 0.6]) == '0.500 ± 0.141'
    assert spread_text([0.4, 0.6], digits=1, factor=100) == '50.0 ± 14.1'
    assert spread_text([0.4, None, math.nan]) == '0.400'
    assert spread_text([]) == spread_text([math.nan]) == '–'


def test_markdown_table():
    assert markdown_table(['a', 'b'], [['|x|', 1]]).splitlines() == [
        '| a | b |', '| --- | :---: |', '| \\|x\\| | 1 |'
    ]
    with pytest.raises(ValueError, match='2 columns, but a row has 1'):
        markdown_table(['a', 'b'], [['x']])
