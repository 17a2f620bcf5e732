"""The suite that draws the explorer's page, on a small one."""
import shutil

import pytest
from reldistill_benchmark import explorer
from reldistill_benchmark.measure import OTHER, OURS, Settings

from reldistill_mm.errors import MissingInput

BROWSER = next(filter(None, map(shutil.which, explorer.BROWSERS)), None)
HERE = Settings(None, 'cpu', 1)


@pytest.mark.skipif(BROWSER is None, reason='no Chromium in PATH')
def test_frames_of_a_small_page(monkeypatch):
    monkeypatch.setattr(explorer, 'POINTS', (900, ))
    rows = explorer.run(HERE)
    assert len(rows) == 2
    for row in rows:
        assert row['case'].startswith('900 points, page of ')
        assert row[OURS]['repetitions'] == row[OTHER]['repetitions'] == 5
        assert 0 < row[OURS]['least_s'] < 10


def test_without_a_browser(monkeypatch):
    monkeypatch.setattr(explorer, 'BROWSERS', ('no-such-browser', ))
    with pytest.raises(MissingInput, match='No browser'):
        explorer.run(HERE)
