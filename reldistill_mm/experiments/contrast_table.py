"""Compare columns of a study: what is settled, and what is not."""
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..cli.tables import markdown_table
from ..errors import BadInput
from ..io.files import atomic_path
from .claims import OPEN, correct
from .contrasts import Contrast, PairedRun, contrast
from .records import write_json
from .scene_file import SCENES, SceneCounts, read_scenes

HOW = ('Difference of mIoU in points, paired by seed and labelled subset, '
       "with the 95 % interval of Student's t over seeds, subsets and scenes; "
       'p and verdict corrected for all rows of this table (Holm). Standard '
       'error of the mean by what it comes from; "rest" is what one run adds.')


def paired_runs(results: Sequence[dict], out: Path, protocol: str, left: str,
                right: str) -> list[PairedRun]:
    """Pair the runs of two columns by seed and subset.

    Args:
        results (Sequence[dict]): ``figures.json`` of finished runs.
        out (Path): The study's folder, with what tests kept of the scenes.
        protocol (str): Name of the protocol.
        left, right (str): Names of the columns.

    Returns:
        list[PairedRun]: Those that both have, with matrices of their scenes.

    Raises:
        BadInput: They were tested on different scenes.
    """
    sides = [_tested(results, out, protocol, model) for model in (left, right)]
    runs = []
    for key in sorted(sides[0].keys() & sides[1].keys()):
        mine, other = (side[key] for side in sides)
        seed, subset = key
        if mine.scenes != other.scenes:
            raise BadInput(f"'{left}' and '{right}' were tested on other "
                           f'scenes in {protocol}, seed {seed}: run one of '
                           'them again.')
        runs.append(PairedRun(seed, subset, mine.counts, other.counts))
    return runs


def unpaired_runs(results: Sequence[dict], out: Path, protocol: str, left: str,
                  right: str) -> list[str]:
    """Name the runs of two columns that have no partner.

    Args:
        results, out, protocol, left, right: Those of :func:`paired_runs`.
    """
    ours, theirs = (
        _tested(results, out, protocol, model) for model in (left, right))
    alone = [(model, *key) for model, mine, others in ((left, ours, theirs),
                                                       (right, theirs, ours))
             for key in mine if key not in others]
    return [f'{model}, seed {seed}, {subset}' for model, seed, subset in alone]


def _tested(results: Sequence[dict], out: Path, protocol: str,
            model: str) -> dict[tuple, SceneCounts]:
    """Seed and subset of a column's runs to the matrices of its scenes."""
    found = {}
    for result in results:
        if (result['protocol'], result['model']) == (protocol, model):
            # Runs of earlier versions kept nothing of their scenes.
            counts = read_scenes(out / result.get('folder', '') / SCENES)
            if counts is not None:
                found[result['seed'], result['subset']] = counts
    return found


def contrasts_of(results: Sequence[dict], pairs: Sequence[Sequence[str]],
                 out: Path) -> list[Contrast]:
    """Compare pairs of columns in every protocol, corrected for all of it.

    Args:
        results (Sequence[dict]): ``figures.json`` of finished runs.
        pairs (Sequence): Names of the columns, left and right.
        out (Path): The study's folder.

    Returns:
        list[Contrast]: By protocol, with corrected p-values and verdicts.
    """
    found = []
    for protocol in dict.fromkeys(result['protocol'] for result in results):
        for left, right in pairs:
            runs = paired_runs(results, out, protocol, left, right)
            if runs:
                one = contrast(f'{protocol}: {left} above {right}', runs)
                if one.levels['subsets'] == 1 and '=' in str(runs[0].subset):
                    # What another part of the labels would do is not known.
                    one = one._replace(finding=one.finding._replace(
                        low=math.nan, high=math.nan, p_value=math.nan,
                        verdict=OPEN))  # yapf: disable
                found.append(one)
    findings = correct([one.finding for one in found])
    return [
        one._replace(finding=finding) for one, finding in zip(found, findings)
    ]


def format_contrasts(contrasts: Sequence[Contrast],
                     alone: Mapping[str, Sequence[str]]) -> str:
    """Format one row per comparison as Markdown.

    Args:
        contrasts (Sequence[Contrast]): The comparisons.
        alone (Mapping): Comparison to its runs without a partner.
    """
    rows = []
    for one in contrasts:
        finding = one.finding
        errors = ', '.join(f'{name} {100 * error:.1f}'
                           for name, error in one.errors.items() if error > 0)
        rows.append([
            finding.text, f'{100 * finding.mean:+.1f}',
            _interval(finding.low, finding.high), '–' if finding.p_value
            != finding.p_value else f'{finding.p_value:.3f}', finding.verdict,
            errors or '–', ' / '.join(map(str, one.levels.values()))
        ])
    header = [
        'comparison', 'difference', '95 % interval', 'p', 'verdict',
        'standard error', 'seeds / subsets / scenes'
    ]
    parts = [HOW, markdown_table(header, rows)]
    if alone:
        parts.append('\n'.join([
            'Left out, for the other side has no run of that seed and subset:',
            '',
            *(f'- {text}: {"; ".join(runs)}' for text, runs in alone.items())
        ]))
    return '\n\n'.join(parts) + '\n'


def write_contrasts(results: Sequence[dict], pairs: Sequence[Sequence[str]],
                    out: Path) -> str:
    """Write ``contrasts.md`` and ``contrasts.json``; return the former."""
    found = contrasts_of(results, pairs, out)
    if not found:
        return ''
    alone = {}
    for protocol in dict.fromkeys(result['protocol'] for result in results):
        for pair in pairs:
            runs = unpaired_runs(results, out, protocol, *pair)
            if runs:
                alone[f'{protocol}: {" above ".join(pair)}'] = runs
    text = format_contrasts(found, alone)
    write_json(out / 'contrasts.json', [
        dict(
            **one.finding._asdict(),
            errors=one.errors,
            free=one.free,
            levels=one.levels) for one in found
    ])
    with atomic_path(out / 'contrasts.md') as path:
        path.write_text(text)
    return text


def _interval(low: float, high: float) -> str:
    return '–' if low != low else f'[{100 * low:+.1f}, {100 * high:+.1f}]'
