"""The runs of MethodTable, as records of this study."""
import math
from pathlib import Path

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.experiments import Finding, read_json
from .methods import TAUGHT, with_gaps

PROBE, TEST_CONFIG = 'probe', 'test.py'
# What comparisons with few labels end in.
FEW_LABELS = tuple(f'_{share}pct: relational above similarity'
                   for share in (1, 5))


def table_records(table: dict) -> list[dict]:
    """Turn the runs of a table into records as :mod:`.claims` takes them.

    A method without words has no zero-shot mIoU, and one that is another one
    under its own name would be the same point twice: both are left out, and
    said.

    Args:
        table (dict): What MethodTable wrote.
    """
    records = []
    for name, about in table['methods'].items():
        if not about['words']:
            print(f'{name} is left out: it has no words.', flush=True)
        elif about['same_as'] != name:
            print(f"{name} is left out: it is {about['same_as']}.", flush=True)
        else:
            records += [
                with_gaps(record) | {
                    TAUGHT: about[TAUGHT]
                } for record in table['records'] if record['method'] == name
            ]
    if not records:
        raise BadInput('The table has no finished run of a method with words.')
    return records


def missing_runs(table: dict) -> list[str]:
    """Say which runs of a table are not there, for the notes of the page."""
    there = {(record['method'], record['seed']) for record in table['records']}
    gone = [
        f'{method} with seed {seed}' for method in table['methods']
        for seed in table.get('seeds', ()) if (method, seed) not in there
    ]
    if not gone:
        return []
    return [
        f'{len(gone)} runs of the table are missing, and what is said is of '
        f'the others: {", ".join(gone)}'
    ]


def read_contrasts(path: Path | None) -> list[Finding]:
    """Read what Downstream has found on relational and similarity.

    Args:
        path (Path, optional): Its ``contrasts.json``.

    Raises:
        MissingInput, BadInput: It is not there, or something else.
    """
    if path is None:
        return []
    if not path.is_file():
        raise MissingInput(f"--contrasts '{path}' does not exist: "
                           'projects/Downstream/run.py writes it.')
    rows = read_json(path)
    try:
        # write_json turns NaN into null.
        findings = [
            Finding(
                **{
                    key: math.nan if row[key] is None else row[key]
                    for key in Finding._fields
                }) for row in rows
        ]
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"'{path}' holds no comparisons: give the "
            'contrasts.json that projects/Downstream/run.py wrote.') from error
    wanted = [
        finding for finding in findings if finding.text.startswith('finetune')
        and finding.text.endswith(FEW_LABELS)
    ]
    if not wanted:
        raise BadInput(
            f"'{path}' does not compare relational with similarity after "
            'fine-tuning with 1 or 5 % of the labels, which the claim is '
            'about: give that of a whole run of projects/Downstream.')
    # Margins that are named so are printed in points.
    return [
        finding._replace(text=finding.text.replace(':', ' mIoU:', 1))
        for finding in wanted
    ]
