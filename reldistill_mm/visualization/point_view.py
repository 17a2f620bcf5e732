"""An interactive view of a scan: one HTML file that needs no network."""
import base64
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_TEMPLATE = Path(__file__).parent / 'data' / 'point_view.html'
_STEPS = 32767


def class_view(xyz: np.ndarray,
               labels: np.ndarray,
               classes: Sequence[str],
               palette: np.ndarray,
               title: str,
               max_points: int = 200_000) -> str:
    """Make a page that shows each point in the colour of its class.

    Args:
        xyz (np.ndarray): (N, 3) metres.
        labels (np.ndarray): (N,) integer in [0, K).
        classes (Sequence[str]): K names; a click in the legend hides one.
        palette (np.ndarray): (K, 3) uint8.
        title (str): Title of the page.
        max_points (int): Most points on the page, drawn at random, which
            bounds its size: 11 bytes per point. Defaults to 200 000.

    Returns:
        str: HTML.
    """
    counts = np.bincount(labels, minlength=len(classes))
    rows = [
        dict(name=str(name), count=int(count), share=float(count / len(xyz)))
        for name, count in zip(classes, counts)
    ]
    return _page(xyz, labels, palette, title, max_points, classes=rows)


def heat_view(xyz: np.ndarray,
              scores: np.ndarray,
              span: tuple[float, float],
              colours: np.ndarray,
              title: str,
              max_points: int = 200_000) -> str:
    """Make a page that shows each point in the colour of its score.

    Args:
        xyz (np.ndarray): (N, 3) metres.
        scores (np.ndarray): (N,) float.
        span (tuple[float, float]): Scores of the first and last colour.
        colours (np.ndarray): (P, 3) uint8, from low to high.
        title (str): Title of the page.
        max_points (int): See :func:`class_view`.

    Returns:
        str: HTML.
    """
    low, high = span
    index = heat_index(scores, span, len(colours))
    return _page(xyz, index, colours, title, max_points, low=low, high=high)


def heat_index(scores: np.ndarray, span: tuple[float, float],
               count: int) -> np.ndarray:
    """Map (N,) scores to (N,) indices into ``count`` colours, clipped."""
    low, high = span
    share = (scores - low) / max(high - low, 1e-12)
    return np.clip(np.rint(share * (count - 1)), 0, count - 1).astype(int)


def _page(xyz: np.ndarray, index: np.ndarray, palette: np.ndarray, title: str,
          max_points: int, **more) -> str:
    """Fill the template; positions take two bytes per axis."""
    chosen = _draw(len(xyz), max_points)
    xyz = np.asarray(xyz, np.float64)
    # Far stray points must neither shift nor shrink what is looked at.
    centre = np.median(xyz, 0)
    offset = xyz - centre
    reach = np.abs(offset).max()
    step = max(reach, 1e-3) / _STEPS
    grid = np.rint(offset[chosen] / step).astype('<i2')
    scan = dict(
        title=title,
        points=len(xyz),
        positions=_base64(grid),
        index=_base64(np.asarray(index)[chosen].astype('<u2')),
        palette=np.asarray(palette).tolist(),
        centre=centre.tolist(),
        metres_per_step=step,
        extent=float(np.quantile(np.abs(offset[:, :2]).max(1), 0.9) + 1),
        **more)
    # In a script element, '<' could end it.
    text = json.dumps(scan).replace('<', '\\u003c')
    return _TEMPLATE.read_text('utf-8').replace('/*SCAN*/null', text)


def _draw(total: int, count: int) -> np.ndarray:
    """Draw ``count`` of ``total`` rows, the same ones every time."""
    if total <= count:
        return np.arange(total)
    rng = np.random.default_rng(0)
    return np.sort(rng.choice(total, count, replace=False))


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
