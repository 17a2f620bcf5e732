"""The size of an image, from its header."""
import io
from typing import Any
from urllib.request import urlopen

from mmengine.fileio import HTTPBackend, LocalBackend
from PIL import Image, ImageFile

from ..errors import BadInput
from .camera_image import checked_size, name_in_errors
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
    with name_in_errors(path):
        if isinstance(backend, LocalBackend):
            with Image.open(path) as picture:
                return checked_size(picture, path)
        if isinstance(backend, HTTPBackend):
            with explain_reading(path), urlopen(path) as file:
                return checked_size(_picture_of(file, path), path)
        content = read_bytes(path, backend_args)
        return checked_size(Image.open(io.BytesIO(content)), path)


def _picture_of(file: Any, path: str) -> Image.Image:
    """Read as much of a stream as names the image's size."""
    parser = ImageFile.Parser()
    while parser.image is None:
        piece = file.read(_PIECE)
        if not piece:
            raise BadInput(f"The image '{path}' cannot be decoded: "
                           'it is truncated or not an image; copy it again.')
        parser.feed(piece)
    return parser.image
