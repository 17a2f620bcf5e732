"""Every n-th scan."""
import pytest

from reldistill_mm.datasets.scan_subsets import select_scans

IDS = [f'00_{i:06d}' for i in range(250)]


@pytest.mark.parametrize('subset, expected', [
    ('every_100th_scan', [0, 100, 200]),
    ('every_1st_scan', list(range(250))),
    ('every_1000th_scan', [0]),
    (['00_000007', '00_000003', 'x'], [3, 7]),
    ([], []),
])
def test_positions(subset, expected):
    assert select_scans(IDS, subset) == expected


def test_one_percent_of_semantickitti_has_192_scans():
    assert len(select_scans(['x'] * 19130, 'every_100th_scan')) == 192


@pytest.mark.parametrize('subset', ['every_0th_scan', '1%', 'every_scan'])
def test_unknown(subset):
    with pytest.raises(ValueError, match='every_100th_scan'):
        select_scans(IDS, subset)
