"""Bad input is reported in one line; a fault keeps its traceback."""
import json
from pathlib import Path

import pytest

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput, InputExists, MissingInput
from reldistill_mm.functional.prompts import parse_words
from reldistill_mm.io.config_file import read_config


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize('call, message', [
    (lambda: parse_words('car,,tree'), 'no word at place 2'),
    (lambda: read_config('none.py'), "'none.py' does not exist"),
    (lambda: open('/none/at/all.bin'), "'/none/at/all.bin'"),
    (lambda: fail(BadInput('two\nlines')), 'two lines'),
    (lambda: fail(MissingInput('x is missing')), 'x is missing'),
    (lambda: fail(InputExists('x is there')), 'x is there'),
])
def test_bad_input(call, message, capsys, monkeypatch):
    monkeypatch.setattr('sys.argv', ['tools/segment.py'])
    with pytest.raises(SystemExit) as end, one_line_errors():
        call()
    assert end.value.code == 2
    line, = capsys.readouterr().err.splitlines()
    assert line.startswith('segment.py: error: ') and message in line


@pytest.mark.parametrize('call', [
    lambda: json.loads('{'),
    lambda: int('x'),
    lambda: [1].remove(2),
    lambda: fail(ValueError('of some library')),
    lambda: fail(TypeError('wrong')),
    lambda: fail(OSError('no file named')),
])
def test_faults(call, capsys):
    with pytest.raises((ValueError, TypeError, OSError)), one_line_errors():
        call()
    assert capsys.readouterr().err == ''


def test_nothing_happens_to_what_works(capsys):
    with one_line_errors():
        assert parse_words('car') == dict(car=['car'])
    assert capsys.readouterr() == ('', '')


@pytest.mark.parametrize('name, text, message', [
    ('a.txt', '', 'must end in one of'),
    ('a.py', 'x = = 1', 'not valid Python'),
    ('a.py', 'x = 1', 'no place for --cfg-options'),
])
def test_configs_that_are_none(tmp_path: Path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        read_config(tmp_path / name, {'x.y': 2})
