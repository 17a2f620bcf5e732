"""Say what errors of torch mean that a user can mend."""
import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import BadInput

# What torch says, and what it means.
_MEANINGS = (
    (re.compile(r'DataLoader worker \(pid'),
     'A process that loads data was killed ({}). Mostly memory is short: set '
     'a smaller train_dataloader.num_workers or batch_size (--workers of the '
     'tools that have it).'),
    (re.compile('Expected more than 1 value per channel'),
     'A batch has a single voxel left in the middle of the network, of which '
     'there are no statistics ({}): leave out keyframes of so few points, or '
     'set a larger train_dataloader.batch_size or smaller voxels.'),
    (re.compile('channel size mismatch|mat1 and mat2 shapes cannot'),
     'A part of the model takes another width than it is given ({}): set '
     'model.backbone.in_channels to the number of columns that the step that '
     'loads points keeps (use_dim), and in_channels of the projector (or '
     'channels of the decode head) to the last of '
     'model.backbone.decoder_channels.'),
    (re.compile('gloo.*(Connection (closed|reset) by peer|Broken pipe)|'
                'ncclRemoteError'),
     'A process on another rank has ended without a word ({}): it or its '
     'machine was killed, or the network failed. See the end of its own '
     'output, then start all of them again with --resume.'),
)


@contextmanager
def explain_torch() -> Iterator[None]:
    """Explain the errors that torch does not.

    Raises:
        BadInput: A process that loads data or another rank was killed, a
            batch is too small for batch normalisation, or widths do not fit.
    """
    try:
        yield
    except (AssertionError, RuntimeError, ValueError) as error:
        reason = ' '.join(str(error).split()).rstrip('. ')
        for pattern, meaning in _MEANINGS:
            if pattern.search(reason):
                raise BadInput(meaning.format(reason)) from error
        raise
