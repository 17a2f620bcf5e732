"""Scans from above."""
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch


def draw_birds_eye(panels: dict,
                   xy: np.ndarray,
                   extent: float = 40.0,
                   classes: Sequence[str] | None = None,
                   palette: np.ndarray | None = None) -> Figure:
    """Draw several colourings of one scan side by side, from above.

    Args:
        panels (dict): Title to (N, 3) colours, uint8.
        xy (np.ndarray): (N, 2) metres in the LiDAR frame.
        extent (float): Metres shown in every direction. Defaults to 40.
        classes (Sequence[str], optional): Names for a legend.
        palette (np.ndarray, optional): (K, 3) uint8 colours of the legend.

    Returns:
        Figure: Figure with one axis per panel.
    """
    figure = Figure(figsize=(5 * len(panels), 5.8), facecolor='white')
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (title, colours) in zip(axes, panels.items()):
        axis.scatter(*xy.T, c=np.asarray(colours) / 255, s=1.5, lw=0)
        axis.set(
            title=title,
            xlim=(-extent, extent),
            ylim=(-extent, extent),
            aspect='equal',
            facecolor='black',
            xlabel='x (m)')
    rows = 0
    if classes is not None and palette is not None:
        handles = [
            Patch(color='#{:02x}{:02x}{:02x}'.format(*colour), label=name)
            for name, colour in zip(classes, palette)
        ]
        columns = 8 * len(panels) // 3
        rows = -(-len(handles) // columns)
        figure.legend(
            handles=handles, loc='lower center', ncol=columns, fontsize=8)
    figure.tight_layout(rect=(0, 0.02 + 0.035 * rows, 1, 1))
    return figure


def label_colours(labels: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Colour (N,) labels, (N, 3) uint8; those beyond the palette are grey."""
    table = np.concatenate([palette, [[90, 90, 90]]]).astype(np.uint8)
    return table[np.minimum(labels, len(palette))]


def error_colours(prediction: np.ndarray, label: np.ndarray,
                  num_classes: int) -> np.ndarray:
    """Colour right green, wrong red, not judged grey: (N, 3) uint8."""
    colours = np.full((len(label), 3), 90, np.uint8)
    judged = label < num_classes
    right = prediction == label
    colours[judged & right] = (60, 170, 80)
    colours[judged & ~right] = (230, 60, 50)
    return colours
