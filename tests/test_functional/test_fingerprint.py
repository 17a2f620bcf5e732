"""One hash for one content."""
import hashlib

import pytest

from reldistill_mm.functional import fingerprint
from reldistill_mm.functional.fingerprint import digest_json


def test_known_value():
    text = b'{"templates":["a {}"],"words":["car","tree"]}'
    found = fingerprint(words=['car', 'tree'], templates=['a {}'])
    assert found == hashlib.sha256(text).hexdigest()


def test_order_of_names_does_not_matter_that_of_words_does():
    assert fingerprint(a=1, b=2) == fingerprint(b=2, a=1)
    assert fingerprint(a=['x', 'y']) != fingerprint(a=['y', 'x'])
    assert fingerprint(a=['x', 'y']) != fingerprint(a=['xy'])
    assert fingerprint(a='x') != fingerprint(b='x')


def test_digest_of_json():
    text = b'{"a": 1, "b": [1, 2]}'
    found = digest_json(dict(b=[1, 2], a=1))
    assert found == hashlib.sha256(text).hexdigest()
    with pytest.raises(TypeError):
        digest_json(dict(a={1}))
    assert digest_json(dict(a={1}), str) == digest_json(dict(a='{1}'))
