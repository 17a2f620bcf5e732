"""Say what it means that a process that loads data is gone."""
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import BadInput

_LOST = re.compile(r'DataLoader worker \(pid')


@contextmanager
def explain_lost_workers() -> Iterator[None]:
    """Explain the loss of a worker, which torch reports in two ways.

    Raises:
        BadInput: A process that loads data was killed.
    """
    try:
        yield
    except RuntimeError as error:
        if not _LOST.search(str(error)):
            raise
        reason = ' '.join(str(error).split()).rstrip('. ')
        raise BadInput(
            f'A process that loads data was killed ({reason}). Mostly memory '
            'is short: set a smaller train_dataloader.num_workers or '
            'batch_size (--workers of the tools that have it).') from error
