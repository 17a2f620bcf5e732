"""What is asked of a family of image towers."""
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from ...errors import BadInput

# Names of the dense paths; a family lists those that it has.
DENSE_PATHS = ('maskclip', 'sclip', 'clearclip', 'nacl')


class Tower(ABC):
    """Read one family of image towers; their modules are not changed.

    Args:
        visual (nn.Module): ``model.visual`` of open_clip, of this family
            (:meth:`reads`).

    Attributes:
        family (str): Its name in messages.
    """
    family: ClassVar[str]

    def __init__(self, visual: nn.Module) -> None:
        # Any: nn.Module tells neither layers nor their attributes.
        self.visual: Any = visual

    @classmethod
    @abstractmethod
    def reads(cls, visual: Any) -> bool:
        """Tell by its modules whether a tower is of this family."""

    def why_not(self) -> str:
        """Say why this tower has no dense features; nothing if it has."""
        return ''

    @property
    def dense_paths(self) -> Sequence[str]:
        """Dense paths that it has."""
        return DENSE_PATHS[:1]

    @property
    @abstractmethod
    def strides(self) -> Sequence[int]:
        """Pixels from one feature to the next: the tower's own, then others
        that it supports."""

    @abstractmethod
    def pooled(self, images: Tensor) -> Tensor:
        """Embed normalised images (M, 3, H, W) as (M, D), not normalised.

        At the native size this equals open_clip's ``encode_image``.
        """

    @abstractmethod
    def dense(self, images: Tensor, stride: int, path: str) -> Tensor:
        """Compute features (M, D, H / stride, W / stride), not normalised."""

    def choose(self, stride: int | None, path: str) -> int:
        """Check what is asked of this tower; return the stride.

        Raises:
            BadInput: The tower does not have this stride or dense path.
        """
        own = self.strides[0]
        if stride is not None and stride not in self.strides:
            remedy = (f'set stride to one of {tuple(self.strides)}'
                      if len(self.strides) > 1 else
                      'leave stride out, or enlarge the images')
            raise BadInput(f'{self.family} whose own stride is {own} has no '
                           f'features every {stride} pixels; {remedy}.')
        if path not in self.dense_paths:
            known = '' if path in DENSE_PATHS else (
                f', which is none of {DENSE_PATHS}')
            raise BadInput(f"{self.family} has no dense path '{path}'{known}; "
                           f'set dense to one of {self.dense_paths}.')
        return own if stride is None else stride


def as_maps(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    """Turn tokens (M, h * w, D) into maps (M, D, h, w)."""
    return tokens.transpose(1, 2).unflatten(2, grid)


def check_size(images: Tensor, step: int) -> None:
    """Raise BadInput unless ``step`` divides (..., H, W), in pixels."""
    height, width = images.shape[-2:]
    if height % step or width % step or not height or not width:
        raise BadInput(
            f'Images of {height}x{width} pixels do not divide into patches '
            f'of {step}x{step}; set the size of ResizedCropCameras to '
            'multiples of that.')


def each_alone(tokens: Tensor) -> Tensor:
    """Make each token (M, L, C) a sequence of its own, (M * L, 1, C).

    Attention over one token is its value path, whatever its queries and keys
    are: so a block or a pool is read along its value path without a word on
    how it keeps its weights.
    """
    return tokens.flatten(0, 1)[:, None]
