"""The table of situations, and how one is added.

A situation is a line of docs/faults.md and a function that brings it about::

    @situation('a cloud cut off in the middle of a point', 'bytes', REFUSED,
               "'scan.bin' has 41 bytes, which are not rows of ...")
    def _(tmp):
        return read_scan(save(tmp / 'scan.bin', bytes(41)))

``REFUSED``: the function raises one of :mod:`reldistill_mm.errors` whose text,
without the folder, is the given one; ``...`` stands for anything. ``RIGHT``:
the function makes its own assertions, and the text says what the user gets.
A situation that another test brings about names it instead::

    elsewhere('two teachers under one identity', '6', RIGHT, 'two caches',
              'tests/test_teacher_cache/test_cache_key.py::test_two_teachers')
"""
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / 'docs' / 'faults.md'
RIGHT, REFUSED, WARNED = 'right', 'refused', 'warned'
# Of the issue, by number, and of the suite, by name.
KINDS = {
    '1': 'calibration',
    '2': 'guessed units and layouts',
    '3': 'precision',
    '4': 'checkpoints',
    '5': 'state that appears while it runs',
    '6': 'two things under one name',
    '7': 'formats of outputs',
    '8': 'paths',
    '9': 'selections',
    '10': 'promises',
    '11': 'recipes',
    '12': 'remote data',
    'config': 'configs',
    'bytes': 'bytes',
    'values': 'values',
    'names': 'names',
    'machines': 'machines',
}


class Situation(NamedTuple):
    """A line of the table.

    Attributes:
        name (str): What the user feeds it.
        kind (str): Key of :data:`KINDS`.
        outcome (str): ``RIGHT``, ``REFUSED`` or ``WARNED``.
        sees (str): What the user sees.
        act (Callable, optional): Brings it about in an empty folder.
        test (str, optional): Id of the test that does, instead.
    """
    name: str
    kind: str
    outcome: str
    sees: str
    act: Callable[[Path], object] | None
    test: str | None


SITUATIONS: list[Situation] = []


def _add(item: Situation) -> None:
    if (item.kind not in KINDS
            or item.outcome not in (RIGHT, REFUSED, WARNED)):
        raise ValueError(f'{item.name}: {item.kind}, {item.outcome}')
    if item.name in {other.name for other in SITUATIONS}:
        raise ValueError(f'two situations are called {item.name}')
    SITUATIONS.append(item)


def situation(name: str, kind: str, outcome: str, sees: str) -> Callable:
    """Add the decorated function's situation."""

    def decorate(act: Callable[[Path], object]) -> Callable:
        _add(Situation(name, kind, outcome, sees, act, None))
        return act

    return decorate


def elsewhere(name: str, kind: str, outcome: str, sees: str,
              test: str) -> None:
    """Add a situation of another test, ``tests/FILE.py::FUNCTION``."""
    _add(Situation(name, kind, outcome, sees, None, test))


def fits(seen: str, sees: str) -> bool:
    """Whether a message is the given one, where ``...`` is anything."""
    parts = [re.escape(part) for part in sees.split('...')]
    return re.fullmatch('.*'.join(parts), seen) is not None


def page() -> str:
    """The page that the table is."""
    lines = [
        '# Faults', '',
        'What the suite `tests/test_faults` feeds to the package, and what a',
        'user sees. *Right* means the result is the one of unspoilt input;',
        '*refused* means one line on standard error and exit code 2, and',
        '*warned* that the run goes on with what it says in the log. `...`',
        'stands for the rest of a message. `make faults` runs the suite and',
        'writes this page.', ''
    ]
    lines += ['| situation | kind | what a user sees | outcome |']
    lines += ['|---|---|---|---|']
    order = list(KINDS)
    lines += [
        '| ' + ' | '.join(
            map(_cell,
                (item.name, KINDS[item.kind], item.sees, item.outcome))) + ' |'
        for item in sorted(
            SITUATIONS,
            key=lambda x: (order.index(x.kind), x.name.lower(), x.name))
    ]
    return '\n'.join(lines) + '\n'


def _cell(text: str) -> str:
    for character in '\\|*<[`':
        text = text.replace(character, f'\\{character}')
    return text
