"""End the tools with one line when their input is wrong."""
import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from ..errors import BadInput, InputExists, MissingInput

EXIT_CODE = 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End a tool with one line and exit code 2 on bad input, as argparse does.

    Bad input is what :mod:`reldistill_mm.errors` names, and an error of the
    operating system that names a file. Anything else is a bug and keeps its
    traceback.

    Raises:
        SystemExit: The input is bad; the exit code is 2.
    """
    try:
        yield
    except (BadInput, OSError) as error:
        if not is_bad_input(error):
            raise
        text = ' '.join(str(error).split())
        print(f'{Path(sys.argv[0]).name}: error: {text}', file=sys.stderr)
        raise SystemExit(EXIT_CODE) from error


def is_bad_input(error: Exception) -> bool:
    """Whether the user can fix an error, see :func:`one_line_errors`.

    Args:
        error (Exception): Any exception.

    Returns:
        bool: False for a bug in the program.
    """
    if isinstance(error, (BadInput, MissingInput, InputExists)):
        return True
    return isinstance(error, OSError) and error.filename is not None


def device(text: str) -> str:
    """Type of a ``--device`` argument.

    Args:
        text (str): Device, as torch names it.

    Raises:
        argparse.ArgumentTypeError: torch cannot use the device here.
    """
    try:
        torch.empty(0, device=text)
    except (RuntimeError, AssertionError) as error:
        reason = (str(error).splitlines() or [''])[0]
        raise argparse.ArgumentTypeError(
            f"'{text}' cannot be used ({reason}); use cpu, or cuda where "
            'there is a GPU') from error
    return text
