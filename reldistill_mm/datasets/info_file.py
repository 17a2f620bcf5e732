"""Read and write mmdet3d's info files, whole or not at all."""
import contextlib
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

from mmengine.dataset import BaseDataset

from ..errors import BadInput, MissingInput
from ..io.files import atomic_path
from ..io.remote import local_file


def write_infos(infos: dict, path: Path) -> None:
    """Write an info file whole or not at all."""
    with atomic_path(path) as part:
        part.write_bytes(pickle.dumps(infos))


class AddressedData(BaseDataset):
    """Mixin of datasets whose ``data_root`` may be an address (s3://...)."""

    def _join_prefix(self) -> None:
        if '://' in (self.data_root or ''):
            join_addresses(self)
        else:
            super()._join_prefix()


def join_addresses(dataset: BaseDataset) -> None:
    """Join ``data_root``, an address, with the paths below it.

    mmengine would make a file backend to do so, without ``backend_args``.

    Args:
        dataset (BaseDataset): Its ``ann_file`` and ``data_prefix`` are changed
            where they are relative.
    """
    root = dataset.data_root.rstrip('/')

    def below(path: str) -> str:
        absolute = '://' in path or path.startswith('/')
        return path if absolute else f'{root}/{path}'.rstrip('/')

    if dataset.ann_file:
        dataset.ann_file = below(dataset.ann_file)
    for key, prefix in dataset.data_prefix.items():
        dataset.data_prefix[key] = below(prefix)


@contextlib.contextmanager
def fetched_ann_file(dataset: BaseDataset,
                     backend_args: dict | None) -> Iterator[None]:
    """Let mmengine read a dataset's info file by the data's file backend.

    It reads ``ann_file`` without ``backend_args``.

    Args:
        dataset (BaseDataset): Its ``ann_file`` is a local copy in the
            context, if it is a remote file.
        backend_args (dict, optional): Arguments of the file backend.
    """
    ann_file = dataset.ann_file
    # The file's own prefix counts: it may lie here though the data does not.
    own = backend_args if not os.path.exists(ann_file) else None
    with contextlib.ExitStack() as stack:
        try:
            local = stack.enter_context(local_file(ann_file, own))
        except MissingInput as error:
            # As of a local one, whose remedy the caller knows.
            raise FileNotFoundError(ann_file) from error
        dataset.ann_file = local
        try:
            yield
        finally:
            dataset.ann_file = ann_file


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
