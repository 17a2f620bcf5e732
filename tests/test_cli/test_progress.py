"""A bar for a terminal, a few lines for a log."""
import sys

import pytest

from reldistill_mm.cli.progress import track


def test_a_log_gets_ten_lines(capsys):
    assert list(track(range(1000))) == list(range(1000))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(',')[0] for line in lines
            ] == [f'{done} of 1000' for done in range(100, 1001, 100)]
    assert '\r' not in ''.join(lines)


@pytest.mark.parametrize('count', [0, 1, 3, 10, 19])
def test_any_number_of_tasks(count, capsys):
    """Also without a length of its own; the last line is always told."""
    assert list(track((iter(range(count)), count))) == list(range(count))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == min(count, 10)
    if count:
        assert lines[-1].startswith(f'{count} of {count}')


def test_a_terminal_gets_a_bar(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, 'isatty', lambda: True, raising=False)
    assert list(track([1, 2, 3])) == [1, 2, 3]
    out = capsys.readouterr().out
    assert '>>' in out and '3/3' in out
