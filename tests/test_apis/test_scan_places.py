"""Each scan of a call has a place of its own."""
from pathlib import Path

import pytest

from reldistill_mm.apis.scan_places import place_scans
from reldistill_mm.errors import BadInput, MissingInput


@pytest.fixture
def day(tmp_path) -> Path:
    """Two folders of scans, the second of them a recording."""
    for name in ('a/0.bin', 'a/1.npy', 'b/points/0.bin', 'b/labels/0.bin'):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(*given: Path, out: str = 'out') -> list[str]:
    return [str(place.name) for place in place_scans(given, Path(out))]


def test_names(day):
    assert names(day / 'a') == ['0.bin', '1.npy']
    assert names(day / 'b') == ['0.bin']
    assert names(day / 'a', day / 'b') == ['a/0.bin', 'a/1.npy', 'b/0.bin']
    assert names(day / 'a/0.bin', day / 'b') == ['0.bin', 'b/0.bin']


def test_a_file_that_is_not_there_is_left_to_the_reader(day):
    assert names(day / 'none.bin') == ['none.bin']


@pytest.mark.parametrize('given', [('a/0.bin', 'b/points/0.bin'),
                                   ('a/0.bin', 'a/0.bin'), ('a', 'a')])
def test_places_that_meet(day, given):
    with pytest.raises(BadInput, match='would be the same file: rename one'):
        names(*(day / each for each in given))


def test_outputs_among_the_scans(day):
    with pytest.raises(BadInput, match='lies in'):
        names(day / 'a', day / 'b', out=str(day / 'b/points/out'))
    with pytest.raises(MissingInput, match='holds no scan'):
        (day / 'empty').mkdir()
        names(day / 'a', day / 'empty')
