"""Draw how time and memory grow: straight lines on logarithmic axes."""
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

# Told apart by everyone, also by their marks.
_COLOURS = ('#1f6fd0', '#e08a1e', '#2a9d6f', '#b0398f')
_MARKS = 'osD^'
_LINES = (('least_s', 'seconds'), ('extra_mb', 'MB at the peak'))


def draw_growth(rows: list[dict[str, Any]]) -> Figure:
    """Draw a column for each thing that grows: time above, memory below.

    Args:
        rows (list[dict]): Rows of the suite 'growth'.

    Returns:
        Figure: Dotted lines have the exponents that are expected.
    """
    kinds = list(dict.fromkeys(row['by'] for row in rows))
    figure = Figure(figsize=(3.6 * len(kinds), 6.4), layout='constrained')
    axes = figure.subplots(len(_LINES), len(kinds), squeeze=False)
    for column, kind in zip(axes.T, kinds):
        some = [row for row in rows if row['by'] == kind]
        for place, (axis, (key, label)) in enumerate(zip(column, _LINES)):
            _panel(axis, some, key, [row['wanted'][place] for row in some])
            axis.set(xlabel=kind, ylabel=label)
        column[0].legend(fontsize=7)
    return figure


def _panel(axis: Axes, rows: list[dict[str, Any]], key: str,
           wanted: list[float]) -> None:
    for row, colour, mark in zip(rows, _COLOURS, _MARKS):
        sizes = [point['size'] for point in row['curve']]
        values = [point[key] for point in row['curve']]
        axis.plot(
            sizes,
            values,
            color=colour,
            marker=mark,
            markersize=4,
            label=row['case'])
    sizes = sorted({p['size'] for row in rows for p in row['curve']})
    largest = max(p[key] for row in rows for p in row['curve'])
    for exponent in set(wanted):
        guide = [largest * (size / sizes[-1])**exponent for size in sizes]
        axis.plot(sizes, guide, color='#bbbbbb', linestyle=':', zorder=0)
    axis.set_xscale('log', base=2)
    axis.set_yscale('log')
    axis.set_xticks(sizes)
    axis.xaxis.set_major_formatter(FuncFormatter(_short))
    axis.xaxis.set_minor_locator(NullLocator())


def _short(size: float, _: int) -> str:
    return f'{size / 1024:.0f}k' if size >= 1024 else f'{size:.0f}'
