"""The look-up table from raw ids to labels."""
import pytest

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import label_table

IDS = dict(car=(10, 252), road=(40, ), tree=(70, ))


def test_unclaimed_ids_are_ignored():
    table = label_table(IDS, ['road', 'car'], 9, 300)
    assert table[[40, 10, 252]].tolist() == [0, 1, 1]
    rest = set(range(300)) - {40, 10, 252}
    assert set(table[sorted(rest)]) == {9}
    assert table.dtype == 'int64'


def test_unknown_class():
    with pytest.raises(ValueError, match="Unknown class 'bus'"):
        label_table(IDS, ['bus'], 1, 300)


def test_id_beyond_the_table():
    with pytest.raises(ValueError, match=r"'car' has ids \[10, 252\]"):
        label_table(IDS, ['car'], 1, 252)


@pytest.mark.parametrize('classes, message', [
    (['car', 'Bus'], "Unknown class 'Bus'.*did you mean 'bus'"),
    (['car', 'car'], r"names \['car'\] twice"),
    ([], 'not a list of class names'),
    ('car', 'not a list of class names'),
])
def test_choices_of_classes(classes, message):
    with pytest.raises(BadInput, match=message):
        label_table(dict(car=[1], bus=[2]), classes, 9, 5)
