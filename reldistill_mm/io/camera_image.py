"""A camera's image that is decoded when it is needed, no finer than needed.
"""
import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import BadInput

# Edges left, top, right, bottom in pixels of the whole image.
Box = tuple[float, float, float, float]
_ORIENTATION = 0x0112
# More than eight bits a channel, of which Pillow would cut off the upper ones.
_DEEP = ('I', 'F', 'I;16', 'I;16B', 'I;16L', 'I;16N')
# 1 / 8 is libjpeg's coarsest scale; Pillow takes powers of two.
_SCALES = (8, 4, 2)


class CameraImage:
    """An image file's bytes; ``np.asarray`` decodes all of it as RGB.

    Args:
        content (bytes): Bytes of a JPEG, PNG or any other file that Pillow
            reads.
        path (str): Name of the file in errors.

    Attributes:
        shape (Tuple[int, int, int]): Height, width and 3, from the header.

    Raises:
        BadInput: The file is not an image, or, on decoding, is truncated.
    """

    def __init__(self, content: bytes, path: str) -> None:
        self.content = content
        self.path = path
        with name_in_errors(path):
            self.shape = (*checked_size(self.open(), path), 3)

    def open(self) -> Image.Image:
        """Open the image with Pillow, which reads the header alone."""
        return Image.open(io.BytesIO(self.content))

    def __array__(self,
                  dtype: np.dtype | None = None,
                  copy: bool | None = None) -> np.ndarray:
        """Decode the whole image, (H, W, 3) uint8 RGB."""
        with name_in_errors(self.path):
            return np.asarray(_as_rgb(self.open()), dtype)

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self.path}', shape={self.shape})"


def resize_crop(image: CameraImage | np.ndarray, box: Box,
                size: tuple[int, int]) -> np.ndarray:
    """Cut a box out of an image and resize it (bicubic, antialiased).

    A JPEG is decoded at the coarsest scale that is still at least as large as
    the result: its inverse cosine transforms then do part of the averaging. A
    pixel of scale 1 / s covers s x s pixels of the whole image, edge on edge,
    so that positions keep scaling as ``(u + 0.5) / s - 0.5``; the last row
    and column may reach over the image's edge.

    Args:
        image (CameraImage | np.ndarray): (H, W, 3) uint8.
        box (Box): Left, top, right, bottom edges; (0, 0, W, H) is all of it.
        size (Tuple[int, int]): (height, width) of the result.

    Returns:
        np.ndarray: (height, width, 3) uint8.
    """
    if not isinstance(image, CameraImage):
        return _resize(Image.fromarray(image), box, size)
    with name_in_errors(image.path):
        picture = image.open()
        scale = _decoding_scale(box, size)
        width, height = picture.size
        # draft() returns None for what is not a JPEG.
        if picture.draft('RGB', (width // scale, height // scale)) is None:
            scale = 1
        left, top, right, bottom = (edge / scale for edge in box)
        return _resize(_as_rgb(picture), (left, top, right, bottom), size)


def checked_size(picture: Image.Image, path: str) -> tuple[int, int]:
    """Return (height, width) of an image whose pixels can be used.

    Args:
        picture (Image.Image): An open image; only its header is read.
        path (str): Name of the file in errors.

    Raises:
        BadInput: It has more than eight bits per channel, or EXIF says that
            it is to be turned, of which a calibration says nothing.
    """
    if picture.mode in _DEEP:
        raise BadInput(f"The image '{path}' has more than 8 bits per channel "
                       f"(mode '{picture.mode}'): save it with 8 bits.")
    turned = picture.getexif().get(_ORIENTATION, 1)
    if turned not in (0, 1):
        raise BadInput(
            f"The image '{path}' has the EXIF orientation {turned}: viewers "
            'turn or flip its pixels, and a calibration fits only one of the '
            'two. Turn the pixels as the calibration has them and remove the '
            'tag.')
    width, height = picture.size
    return height, width


@contextmanager
def name_in_errors(path: str) -> Iterator[None]:
    """Say which image cannot be decoded, and what to do."""
    try:
        yield
    except (BadInput, FileNotFoundError):
        raise
    except (UnidentifiedImageError, OSError, SyntaxError,
            Image.DecompressionBombError) as error:
        raise BadInput(
            f"The image '{path}' cannot be decoded ({error}): it is "
            'truncated or not an image; copy it again.') from error


def _decoding_scale(box: Box, size: tuple[int, int]) -> int:
    left, top, right, bottom = box
    height, width = size
    finest = min((right - left) / width, (bottom - top) / height)
    return next((scale for scale in _SCALES if scale <= finest), 1)


def _as_rgb(picture: Image.Image) -> Image.Image:
    # convert() would copy what is RGB already.
    return picture if picture.mode == 'RGB' else picture.convert('RGB')


def _resize(picture: Image.Image, box: Box, size: tuple[int,
                                                        int]) -> np.ndarray:
    # Pillow reads the box straight from the source.
    return np.asarray(
        picture.resize(size[::-1], Image.Resampling.BICUBIC, box=box))
