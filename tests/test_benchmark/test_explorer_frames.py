"""The suite that draws the explorer's page, on a small one."""
import shutil

import pytest

from reldistill_benchmark import explorer, run
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


def test_all_goes_on_without_a_browser(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(explorer, 'BROWSERS', ('no-such-browser', ))
    monkeypatch.setattr(run, 'SUITES', ('explorer', ))
    how = tmp_path, 'cpu', 1, [64], None
    assert run.run_suites('all', *how)['suites'] == {}
    assert 'explorer: left out. No browser' in capsys.readouterr().out
    with pytest.raises(MissingInput):
        run.run_suites('explorer', *how)
