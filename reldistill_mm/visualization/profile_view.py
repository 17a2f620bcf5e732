"""Histograms of two sensors' clouds in one picture."""
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

_BINS = 50
_COLOURS = 'tab:blue', 'tab:orange'


def draw_profiles(measures: Sequence[tuple[str, np.ndarray, np.ndarray]],
                  names: tuple[str, str]) -> Figure:
    """Draw a histogram per measure, of both sensors.

    Args:
        measures (Sequence[tuple[str, np.ndarray, np.ndarray]]): Title with
            the unit, values (N,) of the first sensor and (M,) of the second.
        names (tuple[str, str]): What the sensors are called.

    Returns:
        Figure: Three panels in a row.
    """
    rows = -(-len(measures) // 3)
    figure = Figure(figsize=(15, 4 * rows), layout='constrained')
    axes = figure.subplots(rows, 3, squeeze=False).ravel()
    for axis, (title, *values) in zip(axes, measures):
        low, high = np.quantile(np.concatenate(values), [0.005, 0.995])
        bins = np.linspace(low, max(high, low + 1e-3), _BINS + 1)
        for each, name, colour in zip(values, names, _COLOURS):
            share = np.full(len(each), 1 / max(len(each), 1))
            axis.hist(
                np.clip(each, bins[0], bins[-1]),
                bins,
                weights=share,
                alpha=0.5,
                color=colour,
                label=name)
            axis.axvline(np.median(each), color=colour)
        axis.set_title(title)
        axis.set_ylabel('share')
    for axis in axes[len(measures):]:
        axis.set_axis_off()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        [*handles, Line2D([], [], color='grey')],
        [*labels, 'median (the outermost bars also hold what lies beyond)'],
        loc='outside upper center')
    return figure
