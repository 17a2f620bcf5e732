"""Draw spheres over the iterations, curves, and the hidden share."""
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from PIL import Image
from torch import Tensor

from reldistill_mm.experiments import figures_of
from .source import measured
from .study import Shown
from .training import LOSSES

COLOURS = dict(zip(LOSSES, ('#d62728', '#1f77b4', '#2ca02c', '#bcbd22',
                            '#9467bd')))  # yapf: disable
_GAP = 'uniformity_gap'
_FIGURES = {
    'uniformity': 'uniformity U',
    _GAP: '|U − U*|',
    'tolerance': 'tolerance T',
    'modality_gap': 'modality gap G',
    'cka': 'linear CKA'
}
# The source's own value; None where it is measured.
_SOURCE = dict(modality_gap=0., cka=1.)


def draw_spheres(shown: Shown, title: str, path: Path) -> None:
    """Draw source and predictions at a few iterations, from the pole.

    Points are coloured by the position of their source feature, so that a good
    prediction looks like the source in the same colours.
    """
    steps = sorted(next(iter(shown.predictions.values())))
    colours = _wheel(shown.points.source)
    figure = Figure(figsize=(2 * (len(steps) + 1), 2.2 * len(LOSSES) + 0.6))
    axes = figure.subplots(len(LOSSES), len(steps) + 1)
    for row, loss in zip(axes, LOSSES):
        panels = [('source', shown.points.source)] + [
            (f't = {step}', shown.predictions[loss][step]) for step in steps
        ]
        for axis, (name, features) in zip(row, panels):
            _sphere(axis, features, colours)
            axis.set_xlabel('U {:.2f}  T {:.2f}'.format(*measured(features)))
            if loss == next(iter(LOSSES)):
                axis.set_title(name, fontsize=11)
        row[0].set_ylabel(
            loss.replace(', ', ',\n'), fontsize=10, color=COLOURS[loss])
    figure.suptitle(f'{title}: source and prediction on the unit sphere '
                    '(faint: far side)')
    figure.tight_layout()
    _save(figure, path)


def draw_curves(runs: Sequence[dict], path: Path) -> None:
    """Draw each measure over the iterations, mean and range over seeds."""
    set_ups = list(dict.fromkeys(run['set_up'] for run in runs))
    figure = Figure(figsize=(18, 3 * len(set_ups) + 0.7))
    axes = figure.subplots(len(set_ups), len(_FIGURES), squeeze=False)
    for row, set_up in zip(axes, set_ups):
        for axis, (name, label) in zip(row, _FIGURES.items()):
            for loss in LOSSES:
                mine = [
                    run for run in runs
                    if run['set_up'] == set_up and run['method'] == loss
                ]
                _curve(axis, mine, name, loss)
            axis.set(title=f'{set_up}: {label}', xscale='symlog')
            axis.set_xlim(0, mine[0]['steps'][-1])
            if name == _GAP:
                axis.set_yscale('log')
                continue
            source = _SOURCE.get(name) if name in _SOURCE else np.mean(
                [run[f'teacher_{name}'] for run in mine])
            axis.axhline(source, color='black', ls='--', label='source')
    for axis in axes[-1]:
        axis.set_xlabel('iteration t')
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='upper center', ncol=6)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.4 / figure.get_figheight()))
    _save(figure, path)


def draw_hidden(runs: Sequence[dict], path: Path) -> None:
    """Draw U against the share of the source that the inputs hide."""
    set_ups = list(dict.fromkeys(run['set_up'] for run in runs))
    seed = min(run['seed'] for run in runs)
    shares = sorted({run['hidden'] for run in runs})
    figure = Figure(figsize=(3.6 * len(set_ups), 3.6))
    axes = figure.subplots(1, len(set_ups), squeeze=False)[0]
    for axis, set_up in zip(axes, set_ups):
        for loss in LOSSES:
            values = [
                figures_of(
                    runs,
                    'uniformity',
                    set_up=set_up,
                    method=loss,
                    hidden=share)[seed] for share in shares
            ]
            axis.plot(shares, values, 'o-', color=COLOURS[loss], label=loss)
        source = figures_of(
            runs,
            'teacher_uniformity',
            set_up=set_up,
            method=loss,
            hidden=shares[0])[seed]
        axis.axhline(source, color='black', ls='--', label='source')
        axis.set(
            title=set_up, xlabel='hidden share of the source', xticks=shares)
    axes[0].set_ylabel('uniformity U at the end')
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc='upper center', ncol=6)
    figure.tight_layout(rect=(0, 0, 1, 0.9))
    _save(figure, path)


def _curve(axis, runs: list[dict], name: str, loss: str) -> None:
    steps = runs[0]['steps']
    values = np.array([_values(run['curves'], name) for run in runs])
    axis.plot(steps, values.mean(0), color=COLOURS[loss], label=loss)
    axis.fill_between(
        steps,
        values.min(0),
        values.max(0),
        color=COLOURS[loss],
        alpha=0.12,
        lw=0)


def _values(curves: dict[str, list[float]], name: str) -> list[float]:
    if name != _GAP:
        return curves[name]
    return [
        abs(own - source) for own, source in zip(curves['uniformity'],
                                                 curves['teacher_uniformity'])
    ]


def _sphere(axis, features: Tensor, colours: np.ndarray) -> None:
    """Draw a sphere from above the pole, far points first and faint."""
    axis.add_patch(Circle((0, 0), 1, fc='#f4f4f4', ec='#999999', lw=0.8))
    near = features[:, 2].numpy() >= 0
    for side, alpha in ((~near, 0.25), (near, 0.9)):
        axis.scatter(
            *features[side, :2].T.numpy(),
            c=colours[side],
            s=9,
            lw=0,
            alpha=alpha)
    axis.set(
        xlim=(-1.05, 1.05),
        ylim=(-1.05, 1.05),
        aspect='equal',
        xticks=[],
        yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _wheel(source: Tensor) -> np.ndarray:
    """Colour by direction from the pole, (N, 3) in 0 to 1."""
    turn = torch.atan2(source[:, 1], source[:, 0]) / (2 * torch.pi) % 1
    return colormaps['hsv'](turn.numpy())[:, :3] * 0.9


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = io.BytesIO()
    figure.savefig(whole, dpi=75)
    # A palette of few colours takes a third of the bytes.
    Image.open(whole).convert('RGB').quantize(128).save(path, optimize=True)


def draw_all(study, out: Path) -> dict[str, Path]:
    """Draw every picture; return title to path."""
    paths: dict[str, Path] = {}
    for name, shown in study.shown.items():
        file = name.replace(' ', '_').replace(',', '').lower()
        paths[name] = out / f'spheres_{file}.png'
        draw_spheres(shown, name, paths[name])
    paths['curves'] = out / 'curves.png'
    draw_curves(study.runs, paths['curves'])
    paths['hidden'] = out / 'hidden.png'
    draw_hidden(study.runs + study.hidden_runs, paths['hidden'])
    return paths
