"""Hold a camera's calibration against itself and against its image.

What can be seen of a calibration that does not fit: matrices that are not
what they are called, and a principal point that does not lie near the middle
of the image. An image that was stored at another size than it was calibrated
at keeps its content, and so its intrinsics only have to be scaled; but that
size must be known.
"""

import numpy as np

from ..errors import BadInput
from .geometry import as_4x4

Size = tuple[int, int]

_SHAPES = (3, 3), (3, 4), (4, 4)
_LAST, _UNIT = np.array([0., 0., 0., 1.]), np.eye(3)

# No camera is farther from its LiDAR, in metres; roadside ones are at 100.
_FARTHEST = 500.
# Bounds of 2 c / extent, which is 1 where the principal point is in the
# middle. nuScenes has 0.99 to 1.12, KITTI 0.98; a crop moves one of the two,
# a resized image both by one factor.
_ALONE = 0.4, 1.6
_BOTH = 0.87, 1.15
# (focal lengths, cx, cy) in pixels and the sizes of their images: cameras
# whose intrinsics are as good as a name.
_KNOWN = (
    ('nuScenes', ((780, 830), (1230, 1295)), (770, 880), (430, 520),
     ((900, 1600), )),
    ('KITTI', ((700, 730), ), (590, 625), (165, 192),
     ((375, 1242), (376, 1241), (374, 1238), (370, 1226), (370, 1224))),
)


def check_extrinsics(matrix: np.ndarray) -> np.ndarray:
    """Check that a matrix turns and moves points and does nothing else.

    A mirror image is accepted: some simulators have left-handed LiDARs.

    Args:
        matrix (np.ndarray): (4, 4) or (3, 4), LiDAR to camera, metres.

    Returns:
        np.ndarray: (4, 4) float64.

    Raises:
        BadInput: It is not such a matrix; the message says why.

    Example:
        >>> check_extrinsics(np.eye(4)[:3]).shape
        (4, 4)
    """
    matrix = _numbers(matrix, _SHAPES[1:])
    if len(matrix) == 4 and np.abs(matrix[3] - _LAST).max() > 1e-6:
        raise BadInput(f'has {matrix[3].tolist()} as its last row, not '
                       '(0, 0, 0, 1): is it transposed?')
    turn = matrix[:3, :3]
    if np.abs(turn @ turn.T - _UNIT).max() > 0.05:
        lengths = [round(float(x), 4) for x in np.linalg.norm(turn, axis=1)]
        raise BadInput(
            'is not a rotation with a translation in metres (its rows have '
            f'the lengths {lengths} and its determinant is '
            f'{np.linalg.det(turn):.3g})')
    distance = float(np.linalg.norm(matrix[:3, 3]))
    if distance > _FARTHEST:
        raise BadInput(f'puts the camera {distance:.4g} m from the LiDAR '
                       '(is it in another unit, or does it begin in a map?)')
    return as_4x4(matrix)


def check_intrinsics(matrix: np.ndarray) -> np.ndarray:
    """Check that a matrix can be a pinhole camera's, in pixels.

    Args:
        matrix (np.ndarray): (3, 3), (3, 4) or (4, 4).

    Returns:
        np.ndarray: (4, 4) float64.

    Raises:
        BadInput: It is not; the message says why.

    Example:
        >>> check_intrinsics([[100, 0, 50], [0, 100, 40], [0, 0, 1]]).shape
        (4, 4)
    """
    matrix = as_4x4(_numbers(matrix))
    if np.abs(matrix[2, :2]).max() > 1e-9 or matrix[2, 2] != 1:
        raise BadInput(f'has {matrix[2, :3].tolist()} as its third row, not '
                       '(0, 0, 1): is it transposed?')
    if np.abs(matrix[3] - _LAST).max() > 1e-6:
        raise BadInput(f'has {matrix[3].tolist()} as its last row, not '
                       '(0, 0, 0, 1)')
    if not (matrix[0, 0] > 0 and matrix[1, 1] > 0):
        raise BadInput(f'has focal lengths of {matrix[0, 0]:g} and '
                       f'{matrix[1, 1]:g} pixels, which must be positive')
    (focal, skew), (below, other) = matrix[:2, :2]
    if (abs(below) > 1e-6 * focal or abs(skew) > 0.1 * focal
            or not 0.2 < focal / other < 5):
        raise BadInput(f'has {matrix[:2, :2].tolist()} in its corner, not '
                       '(fx, skew), (0, fy) with focal lengths of about the '
                       'same size and a skew near 0')
    return matrix


def looks_up(lidar2cam: np.ndarray) -> bool:
    """Whether a camera's y axis points upwards or sideways.

    That of an upright camera points down in the LiDAR's frame, whose z axis
    points up. Matrices that were inverted, or have OpenGL's axes, are mostly
    seen by this.

    Args:
        lidar2cam (np.ndarray): (4, 4) extrinsics.

    Example:
        >>> looks_up(np.array([[0, -1, 0], [0, 0, -1], [1, 0, 0]]))
        False
        >>> looks_up(np.eye(4))
        True
    """
    return bool(lidar2cam[1, 2] > -0.5)


def _numbers(matrix: np.ndarray, shapes: tuple = _SHAPES) -> np.ndarray:
    try:
        matrix = np.asarray(matrix, np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(f'is not a matrix of numbers ({error})') from error
    if not np.isfinite(matrix).all():
        raise BadInput('holds values that are not finite')
    if matrix.shape not in shapes:
        names = ' or '.join(f'{rows}x{columns}' for rows, columns in shapes)
        raise BadInput(f'is of shape {matrix.shape}, not {names}')
    return matrix


def scale_intrinsics(cam2img: np.ndarray, calibrated: Size,
                     stored: Size) -> np.ndarray:
    """Intrinsics of an image that was resized after its calibration.

    Pixel centres scale as ``(u + 0.5) * s - 0.5``.

    Args:
        cam2img (np.ndarray): (4, 4) intrinsics.
        calibrated (tuple[int, int]): (height, width) they were made for.
        stored (tuple[int, int]): (height, width) of the image.

    Returns:
        np.ndarray: (4, 4) float64.

    Raises:
        BadInput: The sizes have different proportions, so that the image was
            cropped, padded or turned as well.

    Example:
        >>> cam2img = as_4x4([[100, 0, 49.5], [0, 100, 39.5], [0, 0, 1]])
        >>> scale_intrinsics(cam2img, (80, 100), (40, 50))[:2, :3].tolist()
        [[50.0, 0.0, 24.5], [0.0, 50.0, 19.5]]
    """
    if calibrated == stored:
        return cam2img
    (old_height, old_width), (height, width) = calibrated, stored
    # Either side may have been rounded to a whole pixel.
    if (abs(old_height * width / old_width - height) > 1
            and abs(old_width * height / old_height - width) > 1):
        raise BadInput(
            f'the image has {width} x {height} pixels and its calibration is '
            f'for {old_width} x {old_height}, which are other proportions: '
            'it was cropped, padded, stretched or turned')
    scaling = np.eye(4)
    for axis, scale in enumerate((width / old_width, height / old_height)):
        scaling[axis, axis] = scale
        scaling[axis, 2] = (scale - 1) / 2
    return scaling @ cam2img


def check_size(cam2img: np.ndarray, size: Size) -> bool:
    """Check intrinsics against an image when their size is not known.

    The intrinsics of nuScenes and KITTI are recognised, and the image must
    then have one of the sizes of these datasets. Of other cameras it can be
    seen that the principal point is far from the middle: that is, images
    resized by less than 0.87 or more than 1.15 in both directions.

    Args:
        cam2img (np.ndarray): (4, 4) intrinsics.
        size (tuple[int, int]): (height, width) of the image in pixels.

    Returns:
        bool: Whether the intrinsics are of a dataset whose sizes are known.

    Raises:
        BadInput: The calibration is for another size; the message names both.

    Example:
        >>> check_size(as_4x4([[700, 0, 500], [0, 700, 300], [0, 0, 1]]),
        ...            (600, 1000))
        False
        >>> check_size(as_4x4([[1266, 0, 816], [0, 1266, 491], [0, 0, 1]]),
        ...            (900, 1600))
        True
    """
    height, width = size
    (cx, cy), focal = cam2img[:2, 2], cam2img[0, 0]
    for name, focals, *centre, sizes in _KNOWN:
        if (any(low < focal < high for low, high in focals)
                and all(low < c < high
                        for c, (low, high) in zip((cx, cy), centre))):
            if size not in sizes:
                known = ' or '.join(f'{w} x {h}' for h, w in sizes)
                raise BadInput(f'the image has {width} x {height} pixels and '
                               f'the intrinsics are those of {name}, for '
                               f'{known}')
            return True
    # The middle of pixels 0 to width - 1.
    across, down = (2 * cx + 1) / width, (2 * cy + 1) / height
    low, high = min(across, down), max(across, down)
    if (low < _ALONE[0] or high > _ALONE[1] or high < _BOTH[0]
            or low > _BOTH[1]):
        raise BadInput(
            f'the image has {width} x {height} pixels and the principal point '
            f'({cx:.1f}, {cy:.1f}) is that of an image of about '
            f'{2 * cx + 1:.0f} x {2 * cy + 1:.0f}')
    return False


def check_product(lidar2img: np.ndarray, lidar2cam: np.ndarray,
                  cam2img: np.ndarray) -> None:
    """Check that ``lidar2img`` is ``cam2img @ lidar2cam``.

    Compared where it matters: on pixels near the middle of the image, 5 and
    50 m from the camera.

    Args:
        lidar2img (np.ndarray): (4, 4) or (3, 4).
        lidar2cam, cam2img (np.ndarray): (4, 4).

    Raises:
        BadInput: They differ by more than a pixel.

    Example:
        >>> lidar2cam = as_4x4([[0, -1, 0], [0, 0, -1], [1, 0, 0]])
        >>> cam2img = as_4x4([[100, 0, 50], [0, 100, 40], [0, 0, 1]])
        >>> check_product(cam2img @ lidar2cam, lidar2cam, cam2img)
    """
    try:
        found = as_4x4(_numbers(lidar2img))
    except BadInput as error:
        raise BadInput(f'lidar2img {error}') from error
    focal, middle = cam2img[[0, 1], [0, 1]], cam2img[:2, 2]
    uv = middle + 0.3 * np.array([[-1, -1], [1, -1], [0, 0], [-1, 1]]) * focal
    depth = np.array([5., 50., 20., 50.])
    rays = np.column_stack([(uv - middle) / focal, np.ones(4)])
    points = np.column_stack([rays * depth[:, None], np.ones(4)])
    points = points @ np.linalg.inv(lidar2cam).T
    wanted, other = (
        points @ m.T for m in ((cam2img @ lidar2cam)[:3], found[:3]))
    with np.errstate(divide='ignore', invalid='ignore'):
        gap = np.abs(wanted[:, :2] / wanted[:, 2:] -
                     other[:, :2] / other[:, 2:]).max()
    if not gap <= 1 or not (other[:, 2] > 0).all():
        raise BadInput(f'lidar2img puts points {gap:.3g} pixels from where '
                       'cam2img @ lidar2cam puts them: one of the three is '
                       'of another calibration')
