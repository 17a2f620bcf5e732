"""One hash for one content."""
import hashlib

from reldistill_mm.functional import fingerprint


def test_known_value():
    text = b'{"templates":["a {}"],"words":["car","tree"]}'
    found = fingerprint(words=['car', 'tree'], templates=['a {}'])
    assert found == hashlib.sha256(text).hexdigest()


def test_order_of_names_does_not_matter_that_of_words_does():
    assert fingerprint(a=1, b=2) == fingerprint(b=2, a=1)
    assert fingerprint(a=['x', 'y']) != fingerprint(a=['y', 'x'])
    assert fingerprint(a=['x', 'y']) != fingerprint(a=['xy'])
    assert fingerprint(a='x') != fingerprint(b='x')
