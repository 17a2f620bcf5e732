"""All ranks of a training end with the message of the first that fails.

Without this a rank with a bad file ends, and the others wait in a collective
until their time is up (ten minutes or more) and then say that a connection was
closed. Source: ours.
"""
import atexit
import functools
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch.distributed as dist
from mmengine.dist import utils
from mmengine.runner import Runner
from torch.distributed import distributed_c10d

from ..cli.command_line import EXIT_CODE, end_with, is_bad_input
from ..cli.torch_errors import explain_torch
from ..errors import BadInput

# Seconds between two looks at what other ranks said.
_EVERY = 2.
# How long a look at a store that is leaving may take.
_LONGEST = 10.
# The end of a traceback that a DataLoader's worker sends.
_WORKERS = re.compile(r'Original Traceback.*\n(?:\w+\.)*\w+: (.*)', re.DOTALL)


class _Told:
    """What the first rank that failed has told the others.

    Args:
        store: torch's store of the job.
        rank (int): This process's rank.
    """

    def __init__(self, store: Any, rank: int) -> None:
        self.store, self.rank = store, rank
        # A launcher that starts ranks again keeps the store.
        again = os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')
        self.key = f'reldistill_mm/first_failure/{again}'

    def tell(self, error: Exception) -> dict:
        """Tell why this rank ends; return what the first one told."""
        own = json.dumps(
            dict(rank=self.rank, text=_text(error), input=is_bad_input(error)))
        return json.loads(self.store.compare_set(self.key, '', own))

    def look(self) -> dict | None:
        """Return what another rank has told, if one has."""
        if not self.store.check([self.key]):
            return None
        told = json.loads(self.store.get(self.key))
        return None if told['rank'] == self.rank else told


_told: _Told | None = None


def _text(error: Exception) -> str:
    """Text of an error on one line, without a worker's traceback."""
    found = _WORKERS.search(str(error))
    text = found.group(1) if found else str(error)
    return ' '.join(text.split()) or type(error).__name__


def _own_connection(store: Any) -> Any:
    """Connect to a store again: one connection serves one wait at a time."""
    while hasattr(store, 'underlying_store'):
        store = store.underlying_store
    if not isinstance(store, dist.TCPStore):
        return store
    return dist.TCPStore(
        store.host, store.port, is_master=False, wait_for_workers=False)


def _watch(told: _Told, over: threading.Event) -> None:
    """End this process once another rank has told why it ends."""
    while not over.wait(_EVERY):
        try:
            first = told.look()
        except (RuntimeError, ValueError):
            # The job is over, and with it the store.
            return
        if first is not None:
            # Leave it time to say so itself.
            time.sleep(_EVERY)
            end_with(f'rank {first["rank"]}: {first["text"]}')
            os._exit(EXIT_CODE if first['input'] else 1)


def _watch_the_others() -> None:
    if _told is None and dist.get_world_size() > 1:
        start_watching(distributed_c10d._get_default_store(), dist.get_rank())


def start_watching(store: Any, rank: int) -> None:
    """End this process when another rank fails, until it ends by itself.

    Args:
        store: torch's store of the job.
        rank (int): This process's rank.
    """
    global _told
    _told = _Told(_own_connection(store), rank)
    watcher = _Told(_own_connection(store), rank)
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(watcher, over), daemon=True)
    thread.start()
    atexit.register(_stop, thread, over)


def _stop(thread: threading.Thread, over: threading.Event) -> None:
    """Let the watch end before the interpreter does.

    A thread that is asking the store while Python ends aborts the process
    ("terminate called without an active exception"), whatever it has done.
    """
    over.set()
    thread.join(_LONGEST)


@contextmanager
def first_failure() -> Iterator[None]:
    """Tell other ranks of an error, or raise what they told first.

    Raises:
        BadInput: Another rank has failed before, for bad input.
        RuntimeError: The same, for anything else.
    """
    try:
        yield
    except Exception as error:
        first = None
        if _told is not None:
            try:
                first = _told.tell(error)
            except RuntimeError:
                # The rank that kept the store has ended.
                raise error from None
            if first['rank'] == _told.rank:
                # The store may be this process's, and the others look in it.
                time.sleep(2 * _EVERY)
                raise
            text = f'rank {first["rank"]}: {first["text"]}'
            raise (BadInput(text)
                   if first['input'] else RuntimeError(text)) from error
        raise


def share_failures() -> None:
    """Let mmengine's launchers and runner do so; one call is enough."""
    if hasattr(Runner.train, '_shares_failures'):
        return
    for name in ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm'):
        setattr(utils, name, _then_watch(getattr(utils, name)))
    for name in ('train', 'val', 'test'):
        setattr(Runner, name, _telling(getattr(Runner, name)))


def _then_watch(start: Any) -> Any:

    @functools.wraps(start)
    def start_and_watch(*args: Any, **kwargs: Any) -> None:
        start(*args, **kwargs)
        _watch_the_others()

    return start_and_watch


def _telling(run: Any) -> Any:

    @functools.wraps(run)
    def run_and_tell(*args: Any, **kwargs: Any) -> Any:
        with first_failure(), explain_torch():
            return run(*args, **kwargs)

    run_and_tell._shares_failures = True  # type: ignore[attr-defined]
    return run_and_tell
