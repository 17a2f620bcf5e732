"""What a value is after a way through a JSON file."""
import json
from typing import NamedTuple

from mmengine.config import Config

from reldistill_mm.io.plain import plain


class Place(NamedTuple):
    x: float
    names: tuple


def test_it_equals_what_json_gives_back():
    value = Config(dict(a=(1, [2.5, None]), b=dict(c=True))).to_dict()
    value = {**value, 3: 'x'}
    assert plain(value) == json.loads(json.dumps(value))


def test_named_tuples_and_what_json_lacks():
    found = plain([Place(float('nan'), ('a', ))])
    assert found == [dict(x=None, names=['a'])]
    assert type(plain(Config(dict(a=dict(b=1))).a)) is dict
