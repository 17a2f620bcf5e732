"""Format tables and verdicts from the runs' records."""

from reldistill_mm.experiments import (Finding, compare, figures_of,
                                       markdown_table, spread_text, verdict_of)
from reldistill_mm.experiments.claims import RULE
from .study import HIDDEN, SET_UPS, Study
from .training import LOSSES

OTHERS = ('contrastive', 'similarity')


def judge(runs: list[dict]) -> dict[str, list[Finding]]:
    """Judge the parts of claim 6 in each set-up, as margins over seeds."""
    return {set_up: _judge_set_up(runs, set_up) for set_up in SET_UPS}


def _judge_set_up(runs: list[dict], set_up: str) -> list[Finding]:

    def values(method: str, figure: str) -> list[float]:
        found = figures_of(runs, figure, set_up=set_up, method=method)
        return list(found.values())

    def above(method: str, figure: str) -> list[float]:
        """Subtract the source's value from the student's."""
        return [
            own - source for own, source in zip(
                values(method, figure), values(method, f'teacher_{figure}'))
        ]

    def gap(method: str, figure: str) -> list[float]:
        if figure == 'modality_gap':
            return values(method, figure)
        return [abs(value) for value in above(method, figure)]

    findings = []
    for method, sign, words in (('contrastive', 1, ('above', 'below')),
                                ('similarity', -1, ('below', 'above'))):
        for figure, symbol, word, way in (('uniformity', 'U', words[0], sign),
                                          ('tolerance', 'T', words[1], -sign)):
            findings.append(
                compare(f"{method}: {symbol} {word} the source's",
                        [way * value for value in above(method, figure)]))
    for figure, symbol in (('uniformity', '|U − U*|'),
                           ('tolerance', '|T − T*|'), ('modality_gap', 'G')):
        for other in OTHERS:
            findings.append(
                compare(f"relational: {symbol} below {other}'s", [
                    theirs - ours for theirs, ours in zip(
                        gap(other, figure), gap('relational', figure))
                ]))
    return findings


def to_markdown(study: Study, iterations: int) -> str:
    """Format the results as a Markdown page."""
    judged = judge(study.runs)
    seeds = sorted({run['seed'] for run in study.runs})
    parts = [
        '# Results of ToyClusters',
        f'Written by `run.py`: {len(seeds)} seeds, {iterations} iterations, '
        f'{HIDDEN:.0%} of the spread inside a cluster hidden from the '
        'inputs. Mean ± standard deviation over the seeds at the last '
        'iteration.', '## Structure of source and predictions',
        _structure(study.runs), '## Claim 6 of the paper',
        _verdicts(judged), f'Rule: {RULE}.', '## Chosen learning rates',
        'The one of the lowest final value of the loss itself with the first '
        'seed.',
        _rates(study)
    ]
    return '\n\n'.join(parts) + '\n'


def _structure(runs: list[dict]) -> str:
    figures = ('uniformity', 'tolerance', 'modality_gap', 'cka', 'cosine')
    rows = []
    for set_up in SET_UPS:

        def cells(method: str, names, set_up=set_up) -> list[str]:
            return [
                spread_text(
                    figures_of(runs, name, set_up=set_up,
                               method=method).values()) for name in names
            ]

        source = cells('similarity',
                       ('teacher_uniformity', 'teacher_tolerance'))
        rows.append([f'**{set_up}**', 'source', *source, '0', '1', '1'])
        rows += [['', loss, *cells(loss, figures)] for loss in LOSSES]
    return markdown_table(
        ['set-up', 'loss', 'U', 'T', 'G', 'CKA', 'mean cosine'], rows)


def _verdicts(judged: dict[str, list[Finding]]) -> str:
    texts = [finding.text for finding in next(iter(judged.values()))]
    rows = []
    for index, text in enumerate(texts):
        found = [findings[index] for findings in judged.values()]
        rows.append(
            [text] +
            [f'{f.mean:+.3f} ± {f.spread:.3f}: {f.verdict}' for f in found])
    rows.append(['**all**'] +
                [f'**{verdict_of(found)}**' for found in judged.values()])
    return markdown_table(['margin (positive: as claimed)', *judged], rows)


def _rates(study: Study) -> str:
    rows = [[
        loss, *(f"{entry['learning_rate']:g}"
                for entry in study.chosen if entry['method'] == loss)
    ] for loss in LOSSES]
    return markdown_table(['loss', *SET_UPS], rows)
