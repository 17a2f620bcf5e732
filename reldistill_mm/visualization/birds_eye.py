"""Scans from above."""
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from .page import ERROR_COLOURS

_GROUND = '#1a1a1a'
# Of the points, the share that the picture holds at least.
_WHOLE = 0.999


class ColourBar(NamedTuple):
    """A scale of colours.

    Attributes:
        colours (np.ndarray): (P, 3) uint8, from low to high.
        span (tuple[float, float]): Values of the first and the last.
        label (str): What the values are, with their unit.
    """
    colours: np.ndarray
    span: tuple[float, float]
    label: str


def draw_birds_eye(panels: dict,
                   xy: np.ndarray,
                   extent: float | None = None,
                   classes: Sequence[str] | None = None,
                   palette: np.ndarray | None = None,
                   bar: ColourBar | None = None,
                   note: str | None = None) -> Figure:
    """Draw several colourings of one scan side by side, from above.

    Args:
        panels (dict): Title to (N, 3) colours, uint8.
        xy (np.ndarray): (N, 2) metres in the LiDAR frame.
        extent (float, optional): Metres shown in every direction. Defaults to
            None, what holds 99.9 % of the points.
        classes (Sequence[str], optional): Names for a legend.
        palette (np.ndarray, optional): (K, 3) uint8 colours of the legend.
        bar (ColourBar, optional): A scale of colours.
        note (str, optional): A sentence on what the colours mean.

    Returns:
        Figure: Figure with one axis per panel, whatever explains the colours
        below.
    """
    if extent is None:
        reach = np.abs(xy).max(1) if len(xy) else np.ones(1)
        extent = float(np.quantile(reach, _WHOLE)) + 1
    # As many letters as a panel is wide.
    lines = textwrap.wrap(note or '', 62 * len(panels))
    columns = max(8 * len(panels) // 3, 1)
    rows = -(-len(classes or ()) // columns)
    height = 5.8 + 0.28 * (rows + len(lines)) + 0.6 * (bar is not None)
    figure = Figure(
        figsize=(5.4 * len(panels), height),
        facecolor='white',
        layout='constrained')
    # Points of sparse scans are larger, so that one sees them at half size.
    size = float(np.clip(9e4 / max(len(xy), 1), 2.5, 7))
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (title, colours) in zip(axes, panels.items()):
        axis.scatter(*xy.T, c=np.asarray(colours) / 255, s=size, lw=0)
        axis.set_title(title, fontsize=14)
        axis.set(
            xlim=(-extent, extent),
            ylim=(-extent, extent),
            aspect='equal',
            facecolor=_GROUND)
        axis.set_xlabel('x (m)', fontsize=12)
    axes[0].set_ylabel('y (m)', fontsize=12)
    if bar is not None:
        scale = ScalarMappable(
            Normalize(*bar.span), ListedColormap(bar.colours / 255))
        figure.colorbar(
            scale,
            ax=list(axes),
            location='bottom',
            label=bar.label,
            aspect=50,
            pad=0.02)
    if lines:
        figure.supxlabel('\n'.join(lines), fontsize=12)
    if classes is not None and palette is not None:
        handles = [
            Patch(
                color='#{:02x}{:02x}{:02x}'.format(*colour),
                label=str(name).replace('_', ' '))
            for name, colour in zip(classes, palette)
        ]
        figure.legend(
            handles=handles,
            loc='outside lower center',
            ncol=columns,
            fontsize=11)
    # Axes that keep their aspect are laid out in two rounds, of which drawing
    # is the second: after one the legend lies on them.
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
    return figure


def figure_pixels(figure: Figure, dpi: int = 100) -> np.ndarray:
    """Draw a figure into an image.

    Args:
        figure (Figure): Any figure.
        dpi (int): Pixels per inch. Defaults to 100.

    Returns:
        np.ndarray: (H, W, 3) uint8.
    """
    figure.set_dpi(dpi)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def label_colours(labels: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Colour (N,) labels, (N, 3) uint8; those beyond the palette are grey."""
    table = np.concatenate([palette, [[90, 90, 90]]]).astype(np.uint8)
    return table[np.minimum(labels, len(palette))]


def error_colours(prediction: np.ndarray, label: np.ndarray,
                  num_classes: int) -> np.ndarray:
    """Colour right blue, wrong orange, not judged grey: (N, 3) uint8."""
    colours = np.full((len(label), 3), 90, np.uint8)
    judged = label < num_classes
    right = prediction == label
    colours[judged & right] = ERROR_COLOURS[0]
    colours[judged & ~right] = ERROR_COLOURS[1]
    return colours
