"""What an error says, whoever passed it on."""
import pytest
import torch
from torch.utils.data import DataLoader

from reldistill_mm.cli.said import is_bad_input, said
from reldistill_mm.errors import BadInput, MissingInput


class Fails(torch.utils.data.Dataset):

    def __init__(self, fail) -> None:
        self.fail = fail

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index):
        try:
            {}['key']
        except KeyError as error:
            self.fail(error)


def bad(error):
    raise BadInput("'x.bin' is torn:\ncopy it again") from error


def missing(error):
    raise MissingInput("'x.bin' does not exist") from error


def of_the_system(_):
    open('/none/at/all.bin')


def bug(_):
    raise ValueError('of some library')


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('fail, text, kind', [
    (bad, "'x.bin' is torn: copy it again", True),
    (missing, "'x.bin' does not exist", True),
    (of_the_system, "[Errno 2] No such file or directory: '/none/at/all.bin'",
     True),
    (bug, 'of some library', False),
])
def test_the_last_line_alone(workers, fail, text, kind):
    with pytest.raises((ValueError, OSError)) as error:
        list(DataLoader(Fails(fail), num_workers=workers))
    assert said(error.value) == text
    assert is_bad_input(error.value) is kind


def test_a_registry_in_front():
    """As mmengine before 0.10 wraps errors."""
    error = BadInput('class `A` in pkg/a.py: class `B` in pkg/b.py: no words')
    assert said(error) == 'no words'


@pytest.mark.parametrize('error, kind', [
    (KeyError('Nonsense is not in the mmdet3d::model registry. Please'), True),
    (KeyError('points'), False),
    (TypeError('A.__init__() got an unexpected keyword argument'), False),
    (OSError('no file named'), False),
    (FileNotFoundError('file "x" does not exist'), True),
])
def test_kinds(error, kind):
    assert is_bad_input(error) is kind


@pytest.mark.parametrize('text, wanted', [
    ("cannot be read (x).. Give 'a'..", "cannot be read (x). Give 'a'."),
    ("'../a' or .. is a name, ...", "'../a' or .. is a name, ..."),
])
def test_one_full_stop_is_enough(text, wanted):
    assert said(ValueError(text)) == wanted
