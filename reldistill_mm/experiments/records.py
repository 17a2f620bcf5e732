"""Runs as records: plain dicts of figures, kept as JSON."""
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import BadInput
from ..io.files import atomic_path
from ..io.plain import plain


def figures_of(runs: Sequence[dict], figure: str,
               **chosen: object) -> dict[int, float]:
    """One figure of the runs that match, by seed.

    Args:
        runs (Sequence[dict]): Each with ``seed`` and figures.
        figure (str): Key of the figure; runs without it are left out.
        chosen: Keys and values that a run must have, e.g. ``method='x'``.

    Returns:
        Dict[int, float]: Seed to figure, seeds ascending.

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
    """Write whole or not at all; NaN becomes null, which JSON has."""
    with atomic_path(path) as part:
        part.write_text(json.dumps(plain(content), indent=1) + '\n')


def read_json(path: Path) -> Any:
    """Read what :func:`write_json` wrote.

    Raises:
        BadInput: Not JSON; the message names the file.
    """
    try:
        return json.loads(Path(path).read_text())
    except json.JSONDecodeError as error:
        raise BadInput(f"'{path}' is no JSON file ({error}); delete it to "
                       'have it made again.') from error
