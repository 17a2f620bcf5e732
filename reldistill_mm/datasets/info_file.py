"""Read and write mmdet3d's info files, whole or not at all."""
import contextlib
import pickle
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadInput, MissingInput
from ..io.files import atomic_path


def write_infos(infos: dict, path: Path) -> None:
    """Write an info file whole or not at all."""
    with atomic_path(path) as part:
        part.write_bytes(pickle.dumps(infos))


@contextlib.contextmanager
def explained_errors(ann_file: str, kind: str, remedy: str) -> Iterator[None]:
    """Make errors in reading an info file name the file and a remedy.

    Args:
        ann_file (str): Info file that is read in the context.
        kind (str): What it should be, ``'an info file of format 1.1'``.
        remedy (str): A sentence on how to make one.

    Raises:
        MissingInput: No such file.
        BadInput: The file is not such an info file.
    """
    try:
        yield
    except (BadInput, MissingInput):
        raise
    except FileNotFoundError as error:
        raise MissingInput(f"The info file '{ann_file}' does not exist. "
                           f'{remedy}') from error
    except (KeyError, IndexError, TypeError, ValueError, EOFError,
            AttributeError, pickle.UnpicklingError) as error:
        raise BadInput(f"'{ann_file}' is not {kind} ({error!r}); it may be "
                       f'truncated. {remedy}') from error
