"""The size of an image, from its header."""
import io
from typing import Any
from urllib.request import urlopen

from mmengine.fileio import HTTPBackend, LocalBackend
from PIL import Image, ImageFile

from ..errors import BadInput
from .camera_image import check_picture, name_in_errors
from .remote import explain_reading, file_backend, read_bytes

_PIECE = 4096


def read_image_size(path: str,
                    backend_args: dict | None = None) -> tuple[int, int]:
    """Read (height, width) of an image.

    A local file's header is read alone, and over HTTP no more of the file
    than it takes to find it; other backends can only read whole files.

    Args:
        path (str): Path or address.
        backend_args (dict, optional): See :func:`.remote.file_backend`.

    Raises:
        MissingInput: No such file.
        BadInput: It is not an image whose pixels can be used as they are.
    """
    backend = file_backend(path, backend_args)
    if isinstance(backend, LocalBackend):
        with explain_reading(path):
            file = open(path, 'rb')
        with file, name_in_errors(path):
            return _size_of(Image.open(file), path)
    if isinstance(backend, HTTPBackend):
        with explain_reading(path), urlopen(path) as file:
            return _size_of(_picture_of(file, path), path)
    content = read_bytes(path, backend_args)
    with name_in_errors(path):
        return _size_of(Image.open(io.BytesIO(content)), path)


def _size_of(picture: Image.Image, path: str) -> tuple[int, int]:
    check_picture(picture, path)
    return picture.height, picture.width


def _picture_of(file: Any, path: str) -> Image.Image:
    """Read as much of a stream as names the image's size."""
    parser = ImageFile.Parser()
    with name_in_errors(path):
        while parser.image is None:
            piece = file.read(_PIECE)
            if not piece:
                raise BadInput(
                    f"The image '{path}' cannot be decoded: it is truncated "
                    'or not an image; copy it again.')
            parser.feed(piece)
    return parser.image
