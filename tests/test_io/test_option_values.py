"""What --cfg-options makes of values, and what mmengine made of them."""
import argparse

import pytest
from mmengine.config import DictAction

import reldistill_mm  # noqa: F401
from reldistill_mm.errors import BadInput
from reldistill_mm.io.option_values import option_value


@pytest.mark.parametrize('text, value', [
    ('police car', 'police car'),
    ('[car, police car]', ['car', 'police car']),
    ('car,police car', ['car', 'police car']),
    ('[00_000001]', ['00_000001']),
    ('[00,08]', ['00', '08']),
    ('007', '007'),
    ("['111']", ['111']),
    ('["a, b", c]', ['a, b', 'c']),
    ("driver's seat", "driver's seat"),
    ("[driver's seat,a]", ["driver's seat", 'a']),
    ('1_000', '1_000'),
    # As mmengine reads them.
    ('1', 1), ('-3', -3), ('0', 0), ('0.5', 0.5), ('1e-3', 1e-3),
    ('.5', .5), ('5.', 5.), ('-inf', float('-inf')),
    ('True', True), ('false', False), ('None', None), ('none', 'none'),
    ('[1,2]', [1, 2]), ('(1, 2)', (1, 2)), ('1,2,3', [1, 2, 3]),
    ('[(1,2),[a,b],c]', [(1, 2), ['a', 'b'], 'c']),
    ('(1,)', (1, )), ('[]', []), ('', ''), ('()', ()), ("''", ''),
    ('(1,2),(3,4)', [(1, 2), (3, 4)]),
    ('/data/a b.pth', '/data/a b.pth'),
    ('local-dir:/x', 'local-dir:/x'),
    ('[0, -1, 2.5, true]', [0, -1, 2.5, True]),
])  # yapf: disable
def test_values(text, value):
    found = option_value(text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    'text', ['[1,2', '(1]', ']', "['a, b]", '{a: 1}', 'dict(a=1)'])
def test_values_that_cannot_be_read(text):
    with pytest.raises(BadInput):
        option_value(text)


@pytest.fixture
def parser():
    """As mmdet3d's own tools have it."""
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    return parser


def test_on_the_command_line(parser):
    found = parser.parse_args(
        ['--cfg-options', 'a.b=[police car]', 'c=x=1', '--cfg-options', 'd=2'])
    assert found.cfg_options == {'a.b': ['police car'], 'c': 'x=1', 'd': 2}


@pytest.mark.parametrize('words, said', [
    (['a=police', 'car'], "KEY=VALUE, not 'car': quote values with spaces"),
    (['=1'], "KEY=VALUE, not '=1'"),
    (['a=[1'], "a: The brackets in '[1' do not match"),
])
def test_what_is_no_option_ends_in_one_line(parser, words, said, capsys):
    with pytest.raises(SystemExit) as error:
        parser.parse_args(['--cfg-options', *words])
    assert error.value.code == 2
    assert said in capsys.readouterr().err
