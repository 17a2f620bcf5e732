"""How well the edges of a cloud meet those of an image.

Two neighbouring points of a scan either lie on one surface or on two. Where
their depths (or reflectances) differ much, so should the colours of the pixels
onto which they fall. How strongly the two go together says how good a
calibration is, without any label, target or threshold; and how it falls when
the camera is turned by a little says whether it is the best near. The idea
that depth edges must meet image edges is that of Levinson and Thrun, Automatic
Online Calibration of Cameras and Lasers, RSS 2013, who sum image gradients at
the points before depth edges. Comparing neighbours instead (ours) needs no
width of an edge: the pair straddles it, however sparse the scan lines are.
"""
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.stats import rankdata

from .geometry import pair_points_with_pixels
from .lens import Lens
from .scan_neighbours import scan_neighbours

# (N, 3) points in the camera's frame to (N, 2) pixels and (N,) whether seen.
Projector = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

AXES = 'x', 'y', 'z'
ANGLES = -1., -.5, -.25, .25, .5, 1.
TURNS = (('x', 0.), *((axis, angle) for axis in AXES for angle in ANGLES))
# Far beside what a right calibration may agree with by chance.
DECOYS = ('x', 0.), ('y', -10.), ('y', 10.)
# Width of the blur as a share of the image's width.
_BLUR = 1e-3
# Ranks are taken among pairs that are about as far apart in the image.
_BINS = 6
# Parts of the image that err independently, for the standard error.
STRIPS = 16
# Pairs of a kind below which their ranks say nothing.
_FEWEST = 200
# And above which more of them only cost time.
_MOST = 60000


class EdgeSweep(NamedTuple):
    """Agreement of a camera as calibrated, and turned by a little.

    Attributes:
        sums (np.ndarray): (S, T) float64, each strip's sum of the agreement
            for each of :data:`TURNS`, the first of which is none.
        weights (np.ndarray): (S,) float64 shares of the strips, sum 1 a frame.
    """
    sums: np.ndarray
    weights: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(T,) agreement, -1 to 1; 0 is what chance gives."""
        return self.sums.sum(0) / max(self.weights.sum(), 1e-12)

    def gain(self, turn: int) -> tuple[float, float]:
        """How much a turn betters the agreement, and its standard error."""
        gains = self.sums[:, turn] - self.sums[:, 0]
        total = max(self.weights.sum(), 1e-12)
        mean = gains.sum() / total
        rest = gains - mean * self.weights
        return float(mean), float(np.sqrt((rest**2).sum()) / total)

    @property
    def frames(self) -> int:
        """Number of frames with enough pairs."""
        return round(float(self.weights.sum()))

    @property
    def error(self) -> float:
        """Standard error of the agreement as calibrated."""
        total = max(self.weights.sum(), 1e-12)
        rest = self.sums[:, 0] - self.scores[0] * self.weights
        return float(np.sqrt((rest**2).sum()) / total)

    @staticmethod
    def pool(sweeps: Sequence['EdgeSweep']) -> 'EdgeSweep':
        """Join the sweeps of one camera in several frames."""
        return EdgeSweep(
            np.concatenate([each.sums for each in sweeps]),
            np.concatenate([each.weights for each in sweeps]))


def camera_projector(cam2img: np.ndarray,
                     size: tuple[int, int],
                     lens: Lens | None = None,
                     min_depth: float = 1.) -> Projector:
    """Make a projector of the camera that pairs points with pixels.

    Args:
        cam2img (np.ndarray): (4, 4) intrinsics.
        size (tuple[int, int]): (height, width) of the image.
        lens (Lens, optional): What bends the rays. Defaults to None, a
            pinhole.
        min_depth (float): Least depth in metres. Defaults to 1.

    Example:
        >>> cam2img = np.array([[100, 0, 50], [0, 100, 40], [0, 0, 1]])
        >>> project = camera_projector(cam2img, (80, 100))
        >>> uv, seen = project(np.array([[1., 0, 10], [0, 0, -5]]))
        >>> uv[0].tolist(), seen.tolist()
        ([60.0, 40.0], [True, False])
    """

    def project(xyz: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pairs = pair_points_with_pixels(
            xyz, [np.eye(4)], [cam2img], [size], min_depth, lenses=[lens])
        uv, seen = np.zeros((len(xyz), 2)), np.zeros(len(xyz), bool)
        uv[pairs.point], seen[pairs.point] = pairs.uv, True
        return uv, seen

    return project


def turned(axis: str, degrees: float) -> np.ndarray:
    """(3, 3) rotation of the camera's frame about one of its axes.

    Example:
        >>> turned('z', 90).round() + 0.
        array([[ 0., -1.,  0.],
               [ 1.,  0.,  0.],
               [ 0.,  0.,  1.]])
    """
    angle, which = np.radians(degrees), AXES.index(axis)
    first, second = (which + 1) % 3, (which + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = np.cos(angle)
    matrix[first, second], matrix[second,
                                  first] = -np.sin(angle), np.sin(angle)
    return matrix


def sweep_edges(xyz: np.ndarray,
                intensity: np.ndarray | None,
                lidar2cam: np.ndarray,
                project: Projector,
                image: np.ndarray,
                turns: Sequence[tuple[str, float]] = TURNS) -> EdgeSweep:
    """Measure the agreement of one image and one cloud, turned by a little.

    For each of four kinds of pairs (neighbours on a scan line and across
    lines, differing in depth and in reflectance) it is Spearman's correlation
    of the points' and the pixels' difference among pairs that are about as far
    apart in the image; the four have the same weight. Pairs count that are
    seen at every turn, so that all are judged by the same. Source: ours.

    Args:
        xyz (np.ndarray): (N, 3) points in the LiDAR's frame, z upwards,
            metres.
        intensity (np.ndarray, optional): (N,) reflectances of any unit; None
            leaves two of the four kinds out.
        lidar2cam (np.ndarray): (4, 4) from LiDAR to camera.
        project (Projector): Camera model, from (N, 3) in the camera's frame
            to (N, 2) pixels and (N,) bool, whether they are in the image.
        image (np.ndarray): (H, W, 3) uint8.
        turns (Sequence[tuple[str, float]]): T pairs of an axis of the camera
            and degrees; the first is what the others are compared with.

    Returns:
        EdgeSweep: Sums of T turns; with too few pairs, weights of 0.
    """
    xyz = np.asarray(xyz, np.float64)
    near = np.linalg.norm(xyz, axis=1) > 0.5
    xyz = xyz[near]
    camera = xyz @ lidar2cam[:3, :3].T + lidar2cam[:3, 3]
    views = [project(camera @ turned(*turn).T) for turn in turns]
    seen = np.all([inside for _, inside in views], axis=0)
    xyz, camera = xyz[seen], camera[seen]
    places = [uv[seen] for uv, _ in views]
    values = [np.log(np.linalg.norm(xyz, axis=1))]
    if intensity is not None:
        values.append(np.sqrt(np.abs(intensity[near][seen])))
    smooth = _smooth(image)
    colours = [
        np.stack([map_coordinates(c, uv.T[::-1], order=1) for c in smooth],
                 axis=1) for uv in places
    ]
    kinds = []
    for first, second in scan_neighbours(xyz):
        if len(first) < _FEWEST:
            continue
        if len(first) > _MOST:
            rows = np.linspace(0, len(first) - 1, _MOST).astype(np.int64)
            first, second = first[rows], second[rows]
        apart = np.linalg.norm(places[0][first] - places[0][second], axis=1)
        bins = _bins(apart)
        strips = _strips(places[0][first, 0], image.shape[1])
        changes = np.stack([
            _ranks(np.abs(c[first] - c[second]).sum(1), bins) for c in colours
        ])
        for value in values:
            jump = _ranks(np.abs(value[first] - value[second]), bins)
            if jump.any():
                kinds.append(_by_strip(jump * changes, strips))
    if not kinds:
        return EdgeSweep(np.zeros((STRIPS, len(turns))), np.zeros(STRIPS))
    return EdgeSweep(
        np.mean([sums for sums, _ in kinds], axis=0),
        np.mean([weights for _, weights in kinds], axis=0))


def _smooth(image: np.ndarray) -> list[np.ndarray]:
    """Logarithms of the three colours (H, W) float32, slightly blurred."""
    width = max(_BLUR * image.shape[1], 0.7)
    # Shadows differ by factors; 16 of 255 is a camera's noise.
    logs = np.log(np.asarray(image, np.float32) + 16)
    return [gaussian_filter(logs[..., c], width) for c in range(3)]


def _bins(apart: np.ndarray) -> list[np.ndarray]:
    """Positions of the pairs (P,), by their distance in the image."""
    return np.array_split(np.argsort(apart, kind='stable'), _BINS)


def _ranks(values: np.ndarray, bins: list[np.ndarray]) -> np.ndarray:
    """Ranks (P,) within each bin, of mean 0 and variance 1 (or all 0)."""
    ranks = np.zeros(len(values))
    for rows in bins:
        of_bin = rankdata(values[rows])
        of_bin -= of_bin.mean()
        spread = of_bin.std()
        if spread > 0:
            ranks[rows] = of_bin / spread
    return ranks


def _strips(u: np.ndarray, width: int) -> np.ndarray:
    return np.clip((u * STRIPS / width).astype(np.int64), 0, STRIPS - 1)


def _by_strip(products: np.ndarray,
              strips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums (S, T) and shares (S,) of each strip, of (T, P) products."""
    count = len(strips)
    sums = np.stack([
        np.bincount(strips, row, minlength=STRIPS) / count for row in products
    ], 1)
    return sums, np.bincount(strips, minlength=STRIPS) / count
