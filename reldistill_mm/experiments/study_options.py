"""Options that the studies of ``projects/`` share."""
import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import DictAction

from ..cli.command_line import one_line_errors
from ..errors import BadInput
from .kept import Kept
from .page import fill_block, require_block
from .run import RunsFailed

RATES = (3e-3, 1e-2, 3e-2, 1e-1)
_COUNTS = ('jobs', 'epochs', 'tuning_epochs')


def study_parser(doc: str | None, out: str) -> argparse.ArgumentParser:
    """Begin a study's command line, with ``--out`` and ``--cfg-options``.

    Args:
        doc (str, optional): What the study does, lines as they are.
        out (str): Default of ``--out``.
    """
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--out',
        type=Path,
        default=Path(out),
        help='folder for runs, tables and pictures (default: %(default)s)')
    add('--jobs', type=int, default=1, help='runs at a time')
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='changes to every config')
    add_page(add)
    return parser


def add_training(add: Callable[..., Any], tuning_epochs: int) -> None:
    """Add the options of a study that trains on MiniWorld.

    Args:
        add (Callable): A parser's ``add_argument``.
        tuning_epochs (int): Default of ``--tuning-epochs``.
    """
    add('--data',
        type=Path,
        default=Path('data/miniworld'),
        help="MiniWorld's folder, made if it has no info files (default: "
        '%(default)s)')
    add('--seeds',
        type=int,
        nargs='+',
        default=[0, 1, 2],
        help='seeds of each run (default: %(default)s)')
    add('--learning-rates',
        type=float,
        nargs='*',
        default=[*RATES],
        help='learning rates to choose from, for each loss by its own '
        "values; none leaves the configs' own (default: %(default)s)")
    add('--tuning-epochs',
        type=int,
        default=tuning_epochs,
        help='epochs of the runs that choose a learning rate (default: '
        '%(default)s)')
    add_kept(add)


def add_page(add: Callable[..., Any]) -> None:
    """Add ``--page``."""
    add('--page',
        type=Path,
        metavar='FILE',
        help='page of documentation that the tables are also written into, '
        'between the marks of this study')


def add_kept(add: Callable[..., Any]) -> None:
    """Add ``--kept``."""
    add('--kept',
        type=Path,
        metavar='FILE',
        help='small JSON file for the results of finished runs; what is in it '
        'is not run again, on another machine, say')


def open_kept(args: argparse.Namespace, world: Mapping) -> Kept:
    """Open the file of ``--kept``, if one is named.

    Args:
        args (argparse.Namespace): With ``kept``, ``data`` and ``out``.
        world (Mapping): What the data was made by, see :class:`Kept`.
    """
    return Kept(args.kept, dict(data=args.data, out=args.out), world)


def require_training(args: argparse.Namespace) -> None:
    """Refuse counts below one, and seeds that are negative or repeat.

    Raises:
        BadInput: Which option it is.
    """
    for name in _COUNTS:
        value = getattr(args, name)
        if value is not None and value < 1:
            raise BadInput(f"--{name.replace('_', '-')} must be at least 1.")
    if len(set(args.seeds)) < len(args.seeds) or min(args.seeds) < 0:
        raise BadInput('--seeds must not be negative, each once: '
                       f'{args.seeds}.')


def print_study(study: Callable[[], str], page: Path | None,
                name: str) -> None:
    """Run a study; print its tables, and write them into a page.

    Args:
        study (Callable): Runs it; returns the tables.
        page (Path, optional): See :func:`add_page`.
        name (str): The study, as the page's marks have it.
    """
    with one_line_errors():
        require_block(page, name)
        try:
            text = study()
        except RunsFailed as error:
            # The runs' own output says why.
            sys.exit(str(error))
        fill_block(page, name, text)
        print(text)
