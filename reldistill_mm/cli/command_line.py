"""End the tools with one line when their input is wrong."""
import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .said import is_bad_input, said

EXIT_CODE = 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End a tool with one line and exit code 2 on bad input, as argparse does.

    What bad input is, :func:`is_bad_input` tells. Anything else is a bug: it
    keeps its traceback and ends with 1.

    Raises:
        SystemExit: The input is bad; the exit code is 2.
    """
    try:
        yield
    except Exception as error:
        if not is_bad_input(error):
            raise
        end_with(said(error))
        raise SystemExit(EXIT_CODE) from error


def end_with(text: str) -> None:
    """Say why this process ends, in one line.

    torchrun reports after it, in forty lines that give no reason of their
    own: it quotes this one as its reason.

    Args:
        text (str): The reason.
    """
    line = f'{Path(sys.argv[0]).name}: error: {text}'
    print(line, file=sys.stderr, flush=True)
    path = os.environ.get('TORCHELASTIC_ERROR_FILE')
    if path is not None:
        # torch.distributed.elastic reads it in this form.
        when = dict(timestamp=str(int(time.time())))
        Path(path).write_text(
            json.dumps(dict(message=dict(message=line, extraInfo=when))))


def device(text: str) -> str:
    """Type of a ``--device`` argument.

    Args:
        text (str): Device, as torch names it.

    Raises:
        argparse.ArgumentTypeError: torch cannot use the device here.
    """
    # Takes seconds, and few tools are given a device.
    import torch
    try:
        # A device that computes gives numbers back; "meta" does not.
        torch.zeros(1, device=text).item()
    except (RuntimeError, AssertionError) as error:
        reason = (str(error).splitlines() or [''])[0]
        raise argparse.ArgumentTypeError(
            f"'{text}' cannot be used ({reason}); use cpu, or cuda where "
            'there is a GPU') from error
    return text
