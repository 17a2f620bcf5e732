"""Draw principal components of all features, and gap against mIoU."""
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reldistill_mm.visualization import (colour_range, draw_birds_eye,
                                         feature_colours, principal_axes)
from .classes import ClassStudy
from .correlations import correlate
from .features import TEACHER, Sample
from .methods import GAPS, ZERO_SHOT, colours_of
from .report import rho_text


def draw_components(sample: Sample, path: Path) -> None:
    """Draw class-balanced points along the teacher's first two axes.

    It resembles Fig. 1. All panels share axes and limits, so that a spread or
    shifted cloud shows.
    """
    mean, axes = principal_axes(sample.features[TEACHER])
    scores = {
        name: ((rows.float() - mean) @ axes[:, :2]).numpy()
        for name, rows in sample.features.items()
    }
    reach = 1.05 * max(np.abs(xy).max() for xy in scores.values())
    colours = sample.palette[sample.label.numpy()] / 255
    # Points are shuffled, else the last class would hide all others.
    order = np.random.default_rng(0).permutation(len(colours))
    columns = min(3, len(scores))
    lines = -(-len(scores) // columns)
    figure = Figure(figsize=(4 * columns, 4 * lines + 0.9))
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis in panels:
        axis.set_axis_off()
    for axis, (name, xy) in zip(panels, scores.items()):
        axis.set_axis_on()
        axis.scatter(*xy[order].T, c=colours[order], s=3, lw=0, alpha=0.7)
        axis.set(
            title=name,
            xlim=(-reach, reach),
            ylim=(-reach, reach),
            aspect='equal',
            facecolor='#f7f7f7')
    handles = [
        Line2D([], [], ls='', marker='o', color=colour / 255, label=name)
        for name, colour in zip(sample.classes, sample.palette)
    ]
    figure.legend(handles=handles, loc='lower center', ncol=6, fontsize=8)
    figure.tight_layout(rect=(0, 0.9 / figure.get_figheight(), 1, 1))
    figure.savefig(path, dpi=80)


def draw_features_above(sample: Sample, path: Path) -> None:
    """Draw one keyframe from above, features as colours in one frame."""
    frame = principal_axes(sample.seen_features)
    span = colour_range(sample.seen_features, *frame)
    taught = np.full((len(sample.xy), 3), 40, np.uint8)
    taught[sample.seen] = feature_colours(sample.seen_features, *frame,
                                          *span).numpy()
    panels = {'teacher, at the pairs': taught}
    for method, rows in sample.point_features.items():
        panels[method] = feature_colours(rows, *frame, *span).numpy()
    draw_birds_eye(panels, sample.xy).savefig(path, dpi=60)


def draw_gaps(records: Sequence[dict], scores: Sequence[str],
              path: Path) -> None:
    """Plot every run's gap against its mIoU."""
    found = correlate(records, scores)
    figure = Figure(figsize=(4 * len(GAPS), 3.4 * len(scores) + 0.4))
    axes = figure.subplots(len(scores), len(GAPS), squeeze=False)
    methods = list(dict.fromkeys(record['method'] for record in records))
    colours = colours_of(methods)
    for line, score in zip(axes, scores):
        for axis, (gap, symbol) in zip(line, GAPS.items()):
            for method in methods:
                _points(axis, records, method, gap, score, colours[method])
            name = 'zero-shot' if score == ZERO_SHOT else score
            axis.set(
                xlabel=symbol,
                ylabel=f'{name} mIoU (%)',
                title=rho_text(found[gap, score]))
    figure.legend(
        *axes[0][0].get_legend_handles_labels(), loc='upper center', ncol=6)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.4 / figure.get_figheight()))
    figure.savefig(path, dpi=80)


def _points(axis, records: Sequence[dict], method: str, gap: str, score: str,
            colour: str) -> None:
    rows: list[tuple] = [(r[gap], 100 * r[score]) for r in records
                         if r['method'] == method and gap in r and score in r]
    axis.scatter([row[0] for row in rows], [row[1] for row in rows],
                 color=colour,
                 label=method)


def draw_classes(found: ClassStudy, path: Path) -> None:
    """Plot relational's lead in every class against its pairs' properties."""
    shape = len(found.leads), len(found.properties)
    figure = Figure(figsize=(3.4 * shape[1], 3.4 * shape[0]))
    axes = figure.subplots(*shape, squeeze=False)
    for line, (other, lead) in zip(axes, found.leads.items()):
        for axis, (name, values) in zip(line, found.properties.items()):
            points = 100 * np.array(lead)
            axis.scatter(values, points, c=np.array(found.palette) / 255)
            axis.axhline(0, color='#999999', lw=0.8)
            axis.set(
                xscale='log' if name in ('share', 'pairs') else 'linear',
                xlabel=name,
                ylabel=f'IoU above {other} (points)',
                title=rho_text(found.correlations[name][other], 'classes'))
            for text, x, y in zip(found.classes, values, points):
                if np.isfinite(x + y):
                    axis.annotate(
                        text, (x, y), (3, 3),
                        textcoords='offset points',
                        fontsize=6)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
