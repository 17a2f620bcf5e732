"""How the tools end when what they were given is no good."""
import argparse
import dis
import sys
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Iterator

import torch

_PACKAGE = __name__.split('.')[0]
_TOOLS = '__main__'
BAD_INPUT = 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Bad input ends a tool with one line and exit code 2, as argparse does.

    Bad input is what this package says is: a ``ValueError`` or ``OSError``
    that one of its ``raise`` statements has made, and an error of the
    operating system that names a file. Anything else is a fault, and keeps
    its traceback.

    Raises:
        SystemExit: With code 2, on bad input.
    """
    try:
        yield
    except (ValueError, OSError) as error:
        if not is_bad_input(error):
            raise
        text = ' '.join(str(error).split())
        print(f'{Path(sys.argv[0]).name}: error: {text}', file=sys.stderr)
        raise SystemExit(BAD_INPUT) from error


def device(text: str) -> str:
    """Type of a ``--device`` argument.

    Args:
        text (str): As torch names one.

    Raises:
        argparse.ArgumentTypeError: torch cannot use it here.
    """
    try:
        torch.empty(0, device=text)
    except (RuntimeError, AssertionError) as error:
        reason = (str(error).splitlines() or [''])[0]
        raise argparse.ArgumentTypeError(
            f"'{text}' cannot be used ({reason}); say cpu, or cuda where "
            'there is a GPU') from error
    return text


def is_bad_input(error: Exception) -> bool:
    """Whether an error is the user's, see :func:`one_line_errors`.

    Args:
        error (Exception): Caught, thus with its traceback.

    Returns:
        bool: False for a fault of the program.
    """
    if isinstance(error, OSError) and error.filename is not None:
        return True
    return _raised_here(error.__traceback__)


def _raised_here(traceback: TracebackType) -> bool:
    """Whether a ``raise`` of this package or of a tool made an error.

    ``int('x')`` ends in the same frame as ``raise ValueError``, but at
    another instruction.
    """
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    frame = traceback.tb_frame
    name = frame.f_globals.get('__name__', '')
    code = frame.f_code.co_code[traceback.tb_lasti]
    return (name.split('.')[0] in (_PACKAGE, _TOOLS)
            and dis.opname[code] == 'RAISE_VARARGS')
