"""Draw the lead, and both mIoUs, over the levels of every factor."""
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reldistill_mm.experiments import figures_of
from .factors import BOTH, RECIPE, Factor
from .leads import SCORE, judged_lead, lead_of

COLOURS = dict(relational='#2ca02c', similarity='#1f77b4')
_COLUMNS = 4


def draw_leads(factors: Mapping[str, Factor], records: Sequence[dict],
               path: Path) -> None:
    """Plot relational minus similarity, with a panel for each factor.

    Dots are seeds, lines join the means, bars are 95 % intervals.
    """
    figure, panels = _panels(factors)
    for axis, factor in zip(panels, factors.values()):
        _frame(axis, factor)
        axis.axhline(0, color='#999999', lw=0.8)
        middle = []
        for place, level in enumerate(factor.levels):
            leads = 100 * np.array(list(lead_of(records, level).values()))
            found = judged_lead(records, level)
            middle.append(100 * found.mean)
            own = '#d62728' if level.name == RECIPE else '#444444'
            axis.scatter(
                np.full(len(leads), place), leads, s=9, color=own, alpha=0.6)
            if found.low == found.low:
                axis.vlines(
                    place, 100 * found.low, 100 * found.high, color=own, lw=1)
        axis.plot(range(len(middle)), middle, color='#444444', lw=1, zorder=0)
        axis.set_ylabel('lead (points)', fontsize=8)
    figure.suptitle(
        'Relational minus similarity, zero-shot mIoU (red: the recipe)',
        fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def draw_levels(factors: Mapping[str, Factor], records: Sequence[dict],
                path: Path) -> None:
    """Plot the mIoU of both losses over the levels."""
    figure, panels = _panels(factors)
    for axis, factor in zip(panels, factors.values()):
        _frame(axis, factor)
        for method in BOTH:
            means = []
            for place, level in enumerate(factor.levels):
                name = (level.name if method in level.methods else RECIPE)
                values = 100 * np.array(
                    list(
                        figures_of(records, SCORE, level=name,
                                   method=method).values()))
                axis.scatter(
                    np.full(len(values), place),
                    values,
                    s=9,
                    color=COLOURS[method],
                    alpha=0.5)
                means.append(values.mean() if len(values) else np.nan)
            axis.plot(
                range(len(means)),
                means,
                color=COLOURS[method],
                lw=1.2,
                label=method)
        axis.set_ylabel('mIoU (%)', fontsize=8)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc='upper right',
        ncol=2,
        fontsize=8)
    figure.suptitle('Zero-shot mIoU', fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def _panels(factors: Mapping[str, Factor]) -> tuple[Figure, Sequence[Axes]]:
    columns = min(_COLUMNS, len(factors))
    lines = -(-len(factors) // columns)
    figure = Figure(figsize=(3.1 * max(columns, 2), 2.6 * lines + 0.3))
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in panels[len(factors):]:
        axis.set_axis_off()
    return figure, panels


def _frame(axis: Axes, factor: Factor) -> None:
    axis.set_title(factor.title, fontsize=9)
    axis.set_xlabel(factor.axis, fontsize=8)
    axis.set_xticks(
        range(len(factor.levels)), [level.label for level in factor.levels],
        fontsize=7)
    axis.tick_params(axis='y', labelsize=7)
    axis.set_xlim(-0.5, len(factor.levels) - 0.5)
