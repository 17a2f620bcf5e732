"""Info files are written whole and fail with a remedy."""
import pickle

import pytest

from reldistill_mm.datasets.info_file import explained_errors, write_infos


def test_written_whole(tmp_path):
    path = tmp_path / 'infos.pkl'
    write_infos(dict(a=1), path)
    with pytest.raises(AttributeError):
        write_infos(dict(a=lambda: 0), path)
    assert pickle.loads(path.read_bytes()) == dict(a=1)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('error, kind', [
    (FileNotFoundError('x'), FileNotFoundError),
    (KeyError('data_list'), ValueError),
    (EOFError(), ValueError),
    (pickle.UnpicklingError(), ValueError),
])
def test_errors_name_file_and_remedy(error, kind):
    with pytest.raises(kind, match="'infos.pkl'.*Make it."):
        with explained_errors('infos.pkl', 'an info file', 'Make it.'):
            raise error


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError):
        with explained_errors('infos.pkl', 'an info file', 'Make it.'):
            raise ZeroDivisionError
