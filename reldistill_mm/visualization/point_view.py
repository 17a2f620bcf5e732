"""An interactive view of a scan: one HTML file that needs no network."""
from collections.abc import Sequence

import numpy as np

from .page import as_text, count_classes, draw_points, pack_points, write_page


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
        classes (Sequence[str]): K names, to be shown or hidden one by one.
        palette (np.ndarray): (K, 3) uint8.
        title (str): Title of the page.
        max_points (int): Most points on the page, drawn at random, which
            bounds its size: 11 bytes per point. Defaults to 200 000.

    Returns:
        str: HTML.
    """
    return _page(
        xyz,
        labels,
        palette,
        title,
        max_points,
        classes=count_classes(labels, classes))


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
    """Fill the page with one value per point."""
    chosen = draw_points(len(xyz), max_points)
    frame = dict(
        pack_points(xyz, chosen),
        name=title,
        index=as_text(np.asarray(index)[chosen].astype('<u2')))
    return write_page(
        dict(
            title=title,
            frames=[frame],
            palette=np.asarray(palette).tolist(),
            **more))
