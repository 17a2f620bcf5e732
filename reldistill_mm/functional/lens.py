"""The lens of a camera: its model and coefficients.

Models and order of coefficients are OpenCV's (documentation of its modules
calib3d and fisheye).
"""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import BadInput

_PINHOLE = 'pinhole'
_BROWN_CONRADY = 'brown_conrady'
_KANNALA_BRANDT = 'kannala_brandt'
# Names of the coefficients that are used; beyond them OpenCV has those of
# thin prisms and of a tilted sensor.
COEFFICIENTS = {
    _BROWN_CONRADY: ('k1', 'k2', 'p1', 'p2', 'k3', 'k4', 'k5', 'k6'),
    _KANNALA_BRANDT: ('k1', 'k2', 'k3', 'k4'),
}
_COUNTS = {_BROWN_CONRADY: (4, 5, 8, 12, 14), _KANNALA_BRANDT: (4, )}
CAMERA_MODELS = (_PINHOLE, *COEFFICIENTS)
# Those of calibrated lenses are below 100; the rational model's may be more.
_LARGEST = 1e6


class Lens(NamedTuple):
    """What bends the rays of a camera.

    Attributes:
        model (str): 'brown_conrady' or 'kannala_brandt'.
        coefficients (tuple[float, ...]): k1 k2 p1 p2 k3 k4 k5 k6, or
            k1 k2 k3 k4.
    """
    model: str
    coefficients: tuple[float, ...]

    @property
    def is_fisheye(self) -> bool:
        """Whether it may see to the side and behind."""
        return self.model == _KANNALA_BRANDT


def lens_of(camera_model: str | None = None,
            distortion: Sequence[float] | None = None) -> Lens | None:
    """Check a camera's model and coefficients.

    Args:
        camera_model (str, optional): 'pinhole', 'brown_conrady' or
            'kannala_brandt'. Defaults to None, a pinhole.
        distortion (Sequence[float], optional): None for a pinhole; k1 k2 p1
            p2 [k3 [k4 k5 k6]] for 'brown_conrady', k1 k2 k3 k4 for
            'kannala_brandt', without units. Zeros beyond them are accepted.

    Returns:
        Lens | None: None where nothing is bent.

    Raises:
        BadInput: There is no such model, or these are not its coefficients.

    Example:
        >>> lens_of('brown_conrady', [-0.2, 0.1, 0, 0]).coefficients
        (-0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        >>> lens_of('pinhole') is lens_of() is None
        True
    """
    values = _numbers(distortion)
    if camera_model is None and any(values):
        raise BadInput(
            'has a distortion but no camera_model: the same numbers mean '
            "another lens in each, so name it, 'brown_conrady' (OpenCV's "
            "calibrateCamera) or 'kannala_brandt' (OpenCV's fisheye)")
    if camera_model is None or camera_model == _PINHOLE:
        if any(values):
            raise BadInput(
                f'has the camera_model {_PINHOLE!r} and a distortion of '
                f'{list(values)}: a pinhole has none. Name the model, or '
                'leave the distortion out where images are undistorted')
        return None
    if camera_model not in COEFFICIENTS:
        raise BadInput(f'has the camera_model {camera_model!r}, not one of '
                       f'{", ".join(map(repr, CAMERA_MODELS))}')
    names = COEFFICIENTS[camera_model]
    if len(values) not in _COUNTS[camera_model]:
        wanted = ('4, 5 or 8 (k1 k2 p1 p2 [k3 [k4 k5 k6]])'
                  if camera_model == _BROWN_CONRADY else '4 (k1 k2 k3 k4)')
        raise BadInput(f'has a distortion of {len(values)} coefficients; '
                       f'{camera_model!r} has {wanted}')
    if any(values[len(names):]):
        raise BadInput(
            f'has a distortion of {len(values)} coefficients, of thin prisms '
            'or a tilted sensor: calibrate it without them (8 coefficients), '
            'or undistort its images')
    if camera_model == _BROWN_CONRADY and not any(values):
        return None
    values += (0.0, ) * (len(names) - len(values))
    return Lens(camera_model, values[:len(names)])


def _numbers(distortion: Sequence[float] | None) -> tuple[float, ...]:
    if distortion is None:
        return ()
    try:
        # OpenCV's are (1, n) or (n, 1).
        values = np.asarray(distortion, np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise BadInput(f'has the distortion {distortion!r:.80}, which is not '
                       f'a list of numbers ({error})') from error
    if not np.isfinite(values).all():
        raise BadInput(f'has the distortion {values.tolist()}, whose values '
                       'are not finite')
    if np.abs(values).max(initial=0) > _LARGEST:
        raise BadInput(f'has the distortion {values.tolist()}: no lens has '
                       'such coefficients')
    return tuple(values.tolist())
