"""Colours for any words, and for one word's scores."""
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps

from ..functional.street_colours import street_palette


def word_palette(words: Sequence[str],
                 known: dict | None = None) -> np.ndarray:
    """Choose a colour for each word.

    Args:
        words (Sequence[str]): K words.
        known (dict, optional): Word to (red, green, blue), a dataset's; used
            only if it has every word, since others might look like one.

    Returns:
        np.ndarray: (K, 3) uint8; otherwise those of
        :func:`reldistill_mm.functional.street_colours.street_palette`.
    """
    if known and set(words) <= set(known):
        return np.array([known[word] for word in words]).astype(np.uint8)
    return street_palette(words)


def heat_span(scores: np.ndarray) -> tuple[float, float]:
    """Return the 2nd and the 99.5th percentile of (N,) scores.

    A word often fits only one point in a hundred, so the upper end is cut
    less.
    """
    low, high = np.quantile(scores, (0.02, 0.995))
    return float(low), float(high)


def heat_colours(count: int = 256) -> np.ndarray:
    """(count, 3) uint8 from low (dark) to high (bright)."""
    table = colormaps['inferno'](np.linspace(0.25, 1, count))
    return (255 * table[:, :3]).round().astype(np.uint8)
