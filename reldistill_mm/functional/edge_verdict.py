"""Say in a sentence what the agreement of edges says of a calibration."""
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .edge_agreement import (ANGLES, AXES, DECOYS, TURNS, EdgeSweep, Projector,
                             sweep_edges)

# Standard errors that are no chance: by which a slightly turned calibration
# must be better to say so, and one turned by far worse.
_CLEARLY = 2.5
# Degrees; what is nearer is within the errors of good calibrations.
_LEAST = 0.5
_SEEN_AS = dict(
    x='up or down', y='sideways', z='about the middle of the image')


class CameraEdges(NamedTuple):
    """How well the edges of a camera's images meet those of the clouds.

    Attributes:
        near (EdgeSweep): Turned by up to a degree, :data:`TURNS`.
        far (EdgeSweep): Turned by ten degrees, :data:`DECOYS`.
    """
    near: EdgeSweep
    far: EdgeSweep

    @staticmethod
    def pool(edges: Sequence['CameraEdges']) -> 'CameraEdges':
        """Join those of one camera in several frames."""
        return CameraEdges(
            EdgeSweep.pool([each.near for each in edges]),
            EdgeSweep.pool([each.far for each in edges]))


def measure_edges(xyz: np.ndarray, intensity: np.ndarray | None,
                  lidar2cam: np.ndarray, project: Projector,
                  image: np.ndarray) -> CameraEdges:
    """Measure one image and one cloud; see :func:`.sweep_edges`."""
    return CameraEdges(
        *(sweep_edges(xyz, intensity, lidar2cam, project, image, turns)
          for turns in (TURNS, DECOYS)))


class EdgeVerdict(NamedTuple):
    """What is said of one camera.

    Attributes:
        text (str): One sentence.
        wrong (bool): Whether the calibration seems to be wrong.
        beaten (int): Number of turns of 0.5 degrees and more that agree less
            than the calibration.
    """
    text: str
    wrong: bool
    beaten: int

    def __str__(self) -> str:
        return f'WARNING: {self.text}' if self.wrong else self.text


def judge_edges(name: str, edges: CameraEdges) -> EdgeVerdict:
    """Judge one camera's calibration by its edges.

    Args:
        name (str): Name of the camera, the beginning of the sentence.
        edges (CameraEdges): Agreement of one frame, or pooled of several.

    Returns:
        EdgeVerdict: The verdict.
    """
    sweep = edges.near
    if not (sweep.weights.any() and edges.far.weights.any()):
        return EdgeVerdict(
            f'{name}: too few neighbouring points in the image to hold edges '
            'against each other.', False, 0)
    scores = sweep.scores
    far = [i for i, (_, angle) in enumerate(TURNS) if abs(angle) >= _LEAST]
    beaten = sum(bool(scores[i] < scores[0]) for i in far)
    frames = f'{sweep.frames} frames' if sweep.frames > 1 else 'one frame'
    said = f'{name}: edges agree by {scores[0]:.3f} in {frames}'
    best = max(far, key=lambda i: scores[i])
    gain, spread = sweep.gain(best)
    if gain > _CLEARLY * spread:
        axis, angle = TURNS[best]
        more = ' or more' if abs(angle) == max(ANGLES) else ''
        return EdgeVerdict(
            f'{said}, and by {scores[best]:.3f} with the camera turned by '
            f'{angle:+g} degrees about its {axis} axis ({gain / spread:.1f} '
            f'standard errors): the calibration seems to be off by about '
            f'that{more}, {_SEEN_AS[axis]}; calibrate again, or check '
            'lidar2cam (is it of this camera?), cam2img and the times.', True,
            beaten)
    decoy = max(edges.far.gain(i) for i in (1, 2))
    if -decoy[0] < _CLEARLY * decoy[1] or scores[0] <= 0:
        return EdgeVerdict(
            f'{said}, no better than with the camera turned by ten degrees: '
            'either the calibration is wrong by many degrees (inverted, of '
            'another camera or in other axes), or image and cloud are not of '
            'one moment, or have hardly any edges; look at the picture.', True,
            beaten)
    return EdgeVerdict(
        f'{said} (0 is chance), and by {scores[best]:.3f} at best when turned '
        f'by 0.5 to 1 degree ({beaten} of {len(far)} turns are worse): no '
        'sign of a wrong calibration.', False, beaten)


def edge_table(edges: Mapping[str, CameraEdges]) -> str:
    """Lay out the agreement of cameras for each turn.

    Args:
        edges (Mapping[str, CameraEdges]): Camera to its edges.

    Returns:
        str: Lines of a table: a row per camera and axis, a column per angle
        in degrees.

    Example:
        >>> sweep = EdgeSweep(np.full((1, 19), 0.25), np.ones(1))
        >>> edges = dict(front=CameraEdges(sweep, sweep))
        >>> print(edge_table(edges).splitlines()[1])
        front   x  0.250  0.250  0.250  0.250  0.250  0.250  0.250
    """
    angles = sorted((0., *ANGLES))
    width = max(map(len, (*edges, 'degrees')))
    lines = [
        f'{"degrees":<{width}}   ' + ' '.join(f'{a:>+6g}' for a in angles)
    ]
    for name, (sweep, _) in edges.items():
        scores = dict(zip(TURNS, sweep.scores))
        for axis in AXES:
            row = [scores[(axis if a else 'x', a)] for a in angles]
            lines.append(f'{name:<{width}} {axis} ' +
                         ' '.join(f'{value:6.3f}' for value in row))
            name = ''
    return '\n'.join(lines)
