"""Runs as records: plain dicts of results, kept as JSON."""
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..io.files import atomic_path
from ..io.plain import plain


def figures_of(runs: Sequence[dict], figure: str,
               **chosen: object) -> dict[int, float]:
    """Collect one number of the runs that match, by seed.

    Args:
        runs (Sequence[dict]): Records with ``seed`` and numbers.
        figure (str): Key of the number; runs without it are left out.
        chosen: Keys and values that a run must have, e.g. ``method='x'``.

    Returns:
        dict[int, float]: Seed to number, seeds ascending.

    Raises:
        BadInput: Two runs of one seed match.
    """
    found: dict[int, float] = {}
    for run in sorted(runs, key=lambda run: run['seed']):
        if any(run.get(key) != value for key, value in chosen.items()):
            continue
        if run['seed'] in found:
            raise BadInput(f"Two runs of seed {run['seed']} match {chosen}.")
        if run.get(figure) is not None:
            found[run['seed']] = run[figure]
    return found


def write_json(path: Path, content: object) -> None:
    """Write a file whole or not at all; NaN becomes null, which JSON has."""
    with atomic_path(path) as part:
        part.write_text(json.dumps(plain(content), indent=1) + '\n')


def read_json(path: Path) -> Any:
    """Read what :func:`write_json` wrote.

    Raises:
        BadInput: The file, which the message names, is not JSON.
    """
    try:
        return json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise BadInput(f"'{path}' is not a JSON file ({error}); delete it "
                       'to have it made again.') from error
