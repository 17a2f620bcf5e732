"""Tell files that are not what their names say by their first bytes."""
from pathlib import Path

from ...errors import BadInput

_UNPACK = 'compressed ({}): unpack it first'
# First bytes, long enough that no point begins with them, and what they say.
_STARTS = (
    (b'\x1f\x8b\x08', _UNPACK.format('gzip')),
    (b'BZh91AY&SY', _UNPACK.format('bzip2')),
    (b'\xfd7zXZ\x00', _UNPACK.format('xz')),
    (b'\x28\xb5\x2f\xfd', _UNPACK.format('zstd')),
    (b'7z\xbc\xaf\x27\x1c', _UNPACK.format('7z')),
    (b'PK\x03\x04', 'an archive (.zip or .npz): unpack it first'),
    (b'\x93NUMPY', 'an array of NumPy: name it .npy'),
    (b'ply\n', 'a PLY file: name it .ply'),
    (b'ply\r', 'a PLY file: name it .ply'),
    (b'# .PCD v', 'a PCD file: name it .pcd'),
    (b'LASF', 'a LAS file: convert it to .ply or .pcd'),
    (b'ASTM-E57', 'an E57 file: convert it to .ply or .pcd'),
    (b'\x89HDF\r\n', 'an HDF5 file: convert it to .npy'),
    (b'\x89PNG\r\n', 'a picture (PNG)'),
    (b'\xff\xd8\xff\xe0', 'a picture (JPEG)'),
    (b'version https://git-lfs',
     'a pointer of Git LFS, not the file itself: run git lfs pull'),
    (b'<!DOCTYPE', 'a web page: download the file again'),
    (b'<html', 'a web page: download the file again'),
)
_APPLE_DOUBLE = b'\x00\x05\x16\x07'
# What each extension begins with itself.
_OWN = {'.npy': b'\x93NUMPY', '.ply': b'ply', '.pcd': b'# .PCD v'}
_NAMES = {'.ply': 'a PLY file', '.pcd': 'a PCD file'}
_WRITE = "write it by NumPy's astype('float32').tofile()"
# Bytes to look at; 16 points of four columns.
_HEAD = 256
_TEXT = frozenset(b'\t\n\r' + bytes(range(32, 127)))


def refuse_foreign(path: Path) -> None:
    """Refuse a file of points whose first bytes are those of another format.

    Args:
        path (Path): The file; its suffix says what it should be.

    Raises:
        BadInput: The message says what the file is and what to do.
    """
    with open(path, 'rb') as file:
        head = file.read(_HEAD)
    suffix = path.suffix.lower()
    own = _OWN.get(suffix)
    if own is not None and head.startswith(own):
        return
    _refuse_starts(head, str(path))
    if suffix == '.bin':
        _refuse_text(head, str(path))


def refuse_no_rows(content: bytes, path: str) -> None:
    """Refuse content of another format than rows of float32.

    Args:
        content (bytes): The file, or its beginning.
        path (str): Path or address of the file, whose suffix may be any.

    Raises:
        BadInput: The message says what the file is and what to do.
    """
    head = content[:_HEAD]
    suffix = Path(path).suffix.lower()
    if head.startswith(_OWN.get(suffix, b'\x93NUMPY')):
        raise BadInput(f"'{path}' is {_NAMES.get(suffix, 'an array of NumPy')}"
                       f', not rows of float32: {_WRITE}.')
    _refuse_starts(head, path)
    _refuse_text(head, path)


def _refuse_starts(head: bytes, path: str) -> None:
    if head.startswith(_APPLE_DOUBLE):
        own_name = Path(path).name.removeprefix('._')
        raise BadInput(f"'{path}' is not a scan but what macOS keeps beside "
                       f"one: take '{own_name}'.")
    for start, kind in _STARTS:
        if head.startswith(start):
            raise BadInput(f"'{path}' is {kind}.")


def _refuse_text(head: bytes, path: str) -> None:
    if len(head) > 16 and _TEXT.issuperset(head):
        raise BadInput(f"'{path}' is text, not rows of float32: {_WRITE}, or "
                       'as .ply or .pcd, which may be text.')
