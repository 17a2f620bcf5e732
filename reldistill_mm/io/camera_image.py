"""A camera's image that is decoded when it is needed, no finer than needed.
"""
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import BadInput

# Edges left, top, right, bottom in pixels of the whole image.
Box = tuple[float, float, float, float]
# 1 / 8 is libjpeg's coarsest scale; Pillow takes powers of two.
_SCALES = (8, 4, 2)
# What Pillow's readers raise when they stumble over a damaged file.
_DAMAGE = (UnidentifiedImageError, Image.DecompressionBombError, OSError,
           SyntaxError, ValueError, LookupError, TypeError, OverflowError,
           EOFError, MemoryError, struct.error, zlib.error)
# More than 8 bits per value, which convert('RGB') would cut off at 255.
_DEEP = ('I', 'F')
_ORIENTATION = 0x0112


class CameraImage:
    """An image file's bytes; ``np.asarray`` decodes all of it as RGB.

    Args:
        content (bytes): Bytes of a JPEG, PNG or any other file that Pillow
            reads.
        path (str): Name of the file in errors.

    Attributes:
        shape (tuple[int, int, int]): Height, width and 3, from the header.

    Raises:
        BadInput: The file is not an image of 8 bits per colour, is to be
            turned before it is shown, or, on decoding, is truncated.
    """

    def __init__(self, content: bytes, path: str) -> None:
        self.content = content
        self.path = path
        with name_in_errors(path):
            picture = self.open()
            check_picture(picture, path)
        self.shape = picture.height, picture.width, 3

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
        size (tuple[int, int]): (height, width) of the result.

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


@contextmanager
def name_in_errors(path: str) -> Iterator[None]:
    """Say which image cannot be decoded, and what to do."""
    try:
        yield
    except BadInput:
        raise
    except _DAMAGE as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise BadInput(
            f"The image '{path}' cannot be decoded ({reason}): it is "
            'truncated or not an image; copy it again.') from error


def check_picture(picture: Image.Image, path: str) -> None:
    """Refuse pictures whose pixels cannot be taken as they are stored.

    Args:
        picture (Image.Image): Opened, not necessarily decoded.
        path (str): Name of the file in errors.

    Raises:
        BadInput: It has more than 8 bits per value in grey, or the camera
            says to turn it, and the calibration may be of either way.
    """
    if picture.mode.split(';')[0] in _DEEP:
        raise BadInput(
            f"The image '{path}' has more than 8 bits per grey value (mode "
            f'{picture.mode}), of unknown range: save it as RGB of 8 bits.')
    # getexif() would decode all of a PNG without the tag.
    tagged = 'exif' in picture.info or picture.format == 'TIFF'
    turn = picture.getexif().get(_ORIENTATION, 1) if tagged else 1
    if turn not in (0, 1):
        raise BadInput(
            f"The image '{path}' is to be turned before it is shown (Exif "
            f'orientation {turn}), and its calibration may be of either way: '
            'save the pixels as the calibration has them, without the tag.')


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
