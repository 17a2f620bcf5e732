"""Maps of an image's segments in files: PNG of 8 or 16 bits, npz or npy."""
import io
import os.path as osp
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..errors import BadInput
from ..functional.closest import closest
from .camera_image import name_in_errors
from .remote import read_bytes

# Formats whose values are those that were written; JPEG blurs them, and GIF
# numbers them again.
_EXACT = ('PNG', 'TIFF', 'BMP', 'PPM')


def segment_path(files: str, camera: str, info: Mapping) -> str:
    """Fill in a pattern for the map of a camera's image.

    Args:
        files (str): Pattern with ``{camera}``, ``{folder}`` and ``{stem}``
            (of the image's path), or any value of the camera's info
            (``{sample_data_token}``).
        camera (str): Name of the camera.
        info (Mapping): The camera's info, with ``img_path``.

    Raises:
        BadInput: The pattern has another field.

    Example:
        >>> segment_path('masks/{camera}/{stem}.png', 'FRONT',
        ...              dict(img_path='data/a.jpg'))
        'masks/FRONT/a.png'
    """
    folder, name = osp.split(str(info['img_path']))
    fields = {
        key: value
        for key, value in info.items() if isinstance(value, (str, int))
    }
    fields.update(camera=camera, folder=folder, stem=osp.splitext(name)[0])
    try:
        return files.format_map(fields)
    except KeyError as error:
        name = error.args[0]
        raise BadInput(
            f"files='{files}' names '{name}', which the camera "
            f"'{camera}' does not have{closest(name, fields)}") from error
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        raise BadInput(
            f"files='{files}' is not a pattern of names ({error}): write it "
            "as 'masks/{camera}/{stem}.png'.") from error


def read_segments(path: str,
                  unmasked: int | None = 0,
                  backend_args: dict | None = None) -> np.ndarray:
    """Read the segment of every pixel.

    Args:
        path (str): File or address that ends in ``.png``, ``.npz`` (with one
            array) or ``.npy``.
        unmasked (int, optional): Value of pixels that are in no segment.
            Defaults to 0; None: all are in one.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Returns:
        np.ndarray: (h, w) int64, negative for pixels in no segment.

    Raises:
        MissingInput: No such file.
        BadInput: It is not a map of whole numbers.
    """
    content = read_bytes(path, backend_args)
    packed = path.lower().endswith(('.npz', '.npy'))
    values = _unpack(content, path) if packed else _decode(content, path)
    if values.ndim != 2 or values.dtype.kind not in 'iu' or not values.size:
        raise BadInput(
            f"'{path}' holds {values.dtype} of shape {values.shape} and not "
            'one whole number for each pixel, (height, width): number the '
            'segments, and save them as PNG in grey or as npz.')
    if values.max() > np.iinfo(np.int64).max:
        raise BadInput(f"'{path}' has numbers beyond 2 ** 63: number the "
                       'segments from 1 on.')
    segments = values.astype(np.int64)
    if unmasked is not None:
        segments[segments == unmasked] = -1
    return segments


def encode_segments(segments: np.ndarray, made_by: str) -> bytes:
    """Write a map (H, W), from 0 on, as PNG of 16 bits, from 1 on.

    Args:
        segments (np.ndarray): (H, W) integers, negative for no segment.
        made_by (str): What :func:`maker_of` will read.

    Raises:
        BadInput: More segments than 16 bits number.
    """
    if segments.max() >= np.iinfo(np.uint16).max:
        raise BadInput(f'{segments.max() + 1} segments are too many for a PNG '
                       'of 16 bits: ask for fewer.')
    note = PngInfo()
    note.add_text('made by', made_by)
    numbers = np.maximum(segments + 1, 0).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(numbers).save(file, 'PNG', pnginfo=note)
    return file.getvalue()


def maker_of(content: bytes) -> str | None:
    """What :func:`encode_segments` was told; None of any other file."""
    with suppress(BadInput), name_in_errors(''):
        # From the header alone.
        return Image.open(io.BytesIO(content)).info.get('made by')
    return None


def _decode(content: bytes, path: str) -> np.ndarray:
    """Values of a picture; those of a palette are its indices."""
    with name_in_errors(path):
        picture = Image.open(io.BytesIO(content))
        if picture.format not in _EXACT:
            raise BadInput(
                f"'{path}' is a picture of the format {picture.format}, which "
                'does not keep numbers as they are: save the map as PNG.')
        return np.asarray(picture)


def _unpack(content: bytes, path: str) -> np.ndarray:
    try:
        stored = np.load(io.BytesIO(content), allow_pickle=False)
        if isinstance(stored, np.ndarray):
            return stored
        names = stored.files
        if len(names) == 1:
            return stored[names[0]]
    except Exception as error:
        # A zip file around a header that is an expression of Python.
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise BadInput(f"'{path}' is not a file of numbers that NumPy saved "
                       f'({reason}): save it again.') from error
    raise BadInput(f"'{path}' holds the arrays {names}: keep the one that "
                   'numbers the segments.')
