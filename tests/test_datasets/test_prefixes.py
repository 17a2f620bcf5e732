"""Keys of data_prefix that nothing reads."""
from types import SimpleNamespace

import pytest

from reldistill_mm.datasets.prefixes import check_prefixes
from reldistill_mm.errors import BadInput


class Frames(SimpleNamespace):
    """Infos of two frames, of which the second has a camera more."""
    # One of those whose keys are known.
    __module__ = 'mmdet3d.datasets'

    def __len__(self):
        return 2

    def get_data_info(self, index):
        return dict(images=dict.fromkeys(['own', 'rear'][:index + 1]))


@pytest.fixture
def said(monkeypatch):
    texts = []
    monkeypatch.setattr('reldistill_mm.datasets.prefixes.print_log',
                        lambda text, **_: texts.append(text))
    return texts


def test_known_keys_and_cameras_of_any_frame(said):
    for key in ('pts', 'CAM_BACK', 'rear', 'own'):
        check_prefixes(Frames(data_prefix={'pts': 'x', key: 'y'}))
    check_prefixes(SimpleNamespace())
    assert not said


@pytest.mark.parametrize('key, close', [('pst', 'pts'), ('rer', 'rear'),
                                        ('CAM_FRNT', 'CAM_FRONT')])
def test_mistyped_keys(key, close):
    with pytest.raises(BadInput, match=f"'{key}'.*did you mean '{close}'"):
        check_prefixes(Frames(data_prefix={key: 'x'}))


def test_datasets_of_ones_own_may_read_their_own(said):

    class Own(Frames):
        __module__ = 'my_pkg'

    check_prefixes(Own(data_prefix={'pst': 'x'}))
    text, = said
    assert "did you mean 'pts'" in text or 'there are' in text


def test_unknown_cameras(said):
    check_prefixes(Frames(data_prefix=dict(x='x')))
    text, = said
    assert "has 'x', which nothing reads" in text and "'own'" in text
