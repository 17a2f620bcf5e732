"""Label points with words, and say where the words do not fit."""
from collections.abc import Callable

import numpy as np

from ..errors import BadInput
from ..models import ZeroShotHead
from .segment_scan import ScanFeatures

# Name of the points that no word fits.
UNKNOWN = 'unknown'


def label_points(head: ZeroShotHead, own: ZeroShotHead | None,
                 unknown: float | None, say: Callable[[str], None],
                 features: ScanFeatures) -> tuple[np.ndarray, np.ndarray]:
    """Label N points, and say so where the words do not fit.

    Args:
        head (ZeroShotHead): The K classes asked for.
        own (ZeroShotHead, optional): The model's own, if these are others.
        unknown (float, optional): Cosine below which a point is
            :data:`UNKNOWN`.
        say (Callable): Takes a line.
        features (ScanFeatures): Features of the points.

    Returns:
        tuple[np.ndarray, np.ndarray]: Labels (N,), where K, one more than the
        words, is :data:`UNKNOWN`, and the cosines (N,) float32 of the best
        words.
    """
    scores = features.scores(head)
    labels, best = scores.argmax(1), scores.max(1)
    if own is not None:
        better = features.scores(own)
        share = (better.max(1) > best).mean()
        if share > 0.5:
            most = np.bincount(better.argmax(1)).argmax()
            say(f'  These words fit badly: for {100 * share:.0f} % of the '
                f"points one of the model's own classes fits better (most "
                f"often '{own.classes[most]}'); --unknown THRESHOLD leaves "
                'out what no word fits (cosines of the best words here: '
                f'{np.quantile(best, .1):.2f} to '
                f'{np.quantile(best, .9):.2f}).')
    if unknown is not None:
        labels = np.where(best < unknown, len(head.classes), labels)
    return labels, best


def check_unknown(unknown: float | None, words: dict | None) -> None:
    """Refuse a threshold that makes no sense.

    Args:
        unknown (float, optional): See :func:`label_points`.
        words (dict, optional): The words that were asked for.

    Raises:
        BadInput: It is no cosine, or a word is :data:`UNKNOWN`.
    """
    if unknown is None:
        return
    if not -1 <= unknown <= 1:
        raise BadInput(f'--unknown {unknown:g} is not a cosine, -1 to 1.')
    if UNKNOWN in (words or {}):
        raise BadInput(f"--words names '{UNKNOWN}', which --unknown gives to "
                       'points that no word fits: leave one out.')
