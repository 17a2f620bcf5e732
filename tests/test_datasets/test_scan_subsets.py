"""Every n-th scan."""
import pytest

from reldistill_mm.datasets.scan_subsets import select_scans
from reldistill_mm.errors import BadInput

IDS = [f'00_{i:06d}' for i in range(250)]


@pytest.mark.parametrize('subset, expected', [
    ('every_100th_scan', [0, 100, 200]),
    ('every_1st_scan', list(range(250))),
    ('every_1000th_scan', [0]),
    (['00_000007', '00_000003'], [3, 7]),
    (('00_000007', ), [7]),
])
def test_positions(subset, expected):
    assert select_scans(IDS, subset) == expected


def test_one_percent_of_semantickitti_has_192_scans():
    assert len(select_scans(['x'] * 19130, 'every_100th_scan')) == 192


@pytest.mark.parametrize('subset', ['every_0th_scan', '1%', 'every_scan'])
def test_unknown(subset):
    with pytest.raises(ValueError, match='every_100th_scan'):
        select_scans(IDS, subset)


@pytest.mark.parametrize('subset, message', [
    (['00_000003', '00_00004'
      ], r"no scan '00_00004' among the 250 here \(1 of the 2.*'00_0000.4'"),
    ([1], "1 is a number.*Quote it.*\\['1'\\]"),
    ([], 'names no scan'),
    (0.01, r'scans=0.01 is not a list'),
    (100, r'scans=100 is not a list'),
    ('00_000003', "Unknown subset.*did you mean '00_000003'"),
    ('every_100th_scans', "Unknown subset of scans 'every_100th_scans'"),
])
def test_selections_that_select_nothing(subset, message):
    with pytest.raises(BadInput, match=message):
        select_scans(IDS, subset)


def test_an_id_of_two_scans_is_refused():
    """mmdet3d's '111' is scan 11 of sequence 1 and scan 1 of sequence 11."""
    with pytest.raises(BadInput, match="2 scans share the id '111'"):
        select_scans(['110', '111', '111'], ['111'])
    assert select_scans(['110', '111', '111'], ['110']) == [0]
