"""Let mmengine write files whole or not at all.

A run that is killed while it saves must find its last checkpoint: mmengine
writes in place, and removes the checkpoint before last while the new one is
not there yet.
"""
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mmengine.fileio.backends import LocalBackend
from mmengine.hooks import CheckpointHook, checkpoint_hook

from ..errors import BadInput
from ..io.files import atomic_path


def _put(backend: LocalBackend, obj: bytes, filepath: str | Path) -> None:
    """Write as :meth:`LocalBackend.put`, whole or not at all."""
    del backend
    with _resumable(), atomic_path(filepath) as fresh:
        fresh.write_bytes(obj)


def _put_text(backend: LocalBackend,
              obj: str,
              filepath: str | Path,
              encoding: str = 'utf-8') -> None:
    """Write as :meth:`LocalBackend.put_text`, whole or not at all."""
    _put(backend, obj.encode(encoding), filepath)


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how training goes on after a file could not be written."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f'{error} The last checkpoint is still whole: go on '
                       'with --resume.') from error


@contextmanager
def _open(path: str, mode: str = 'r') -> Iterator[IO]:
    """``open`` as the checkpoint hook uses it, for ``last_checkpoint``."""
    if mode != 'w':
        with open(path, mode) as file:
            yield file
        return
    with _resumable(), atomic_path(path) as fresh, fresh.open('w') as file:
        yield file


class _RemovesLater:
    """A file backend that removes files when it is told to."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._left: list[Callable[[], None]] = []

    def remove(self, path: str) -> None:
        self._left.append(functools.partial(self._backend.remove, path))

    def rmtree(self, path: str) -> None:
        self._left.append(functools.partial(self._backend.rmtree, path))

    def finish(self) -> None:
        for remove in self._left:
            remove()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def write_whole() -> None:
    """Replace mmengine's writers; one call is enough."""
    if LocalBackend.put is _put:
        return
    LocalBackend.put = _put
    LocalBackend.put_text = _put_text
    checkpoint_hook.open = _open
    save = CheckpointHook._save_checkpoint_with_step

    @functools.wraps(save)
    def save_first(self: Any, runner: Any, step: int, meta: dict) -> None:
        """Save, and only then remove older ones."""
        backend = self.file_backend
        self.file_backend = later = _RemovesLater(backend)
        try:
            save(self, runner, step, meta)
        finally:
            self.file_backend = backend
        later.finish()

    CheckpointHook._save_checkpoint_with_step = save_first
