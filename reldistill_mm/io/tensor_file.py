"""Read tensors of a safetensors file that may lie within another file.

safetensors' own reader takes whole files alone; a file within a tar archive is
a stretch of bytes. Format: https://github.com/huggingface/safetensors#format.
"""
import json
import math
import os
from types import TracebackType

import numpy as np

_DTYPES = dict(
    BOOL=np.bool_,
    U8=np.uint8,
    I8=np.int8,
    U16=np.uint16,
    I16=np.int16,
    F16=np.float16,
    U32=np.uint32,
    I32=np.int32,
    F32=np.float32,
    U64=np.uint64,
    I64=np.int64,
    F64=np.float64)
# Eight bytes that say how long the header is.
_LENGTH = 8


class TensorFileError(ValueError):
    """The bytes are not a whole safetensors file."""


class TensorFile:
    """Tensors of a file, of which only those that are asked for are read.

    Args:
        path (str): A local file.
        offset (int): Byte at which the safetensors file begins. Defaults to
            0.
        size (int, optional): Its bytes. Defaults to None, up to the end.

    Raises:
        OSError: The file is missing or may not be read.
        TensorFileError: It is truncated or of another format.
    """

    def __init__(self,
                 path: str,
                 offset: int = 0,
                 size: int | None = None) -> None:
        # Unbuffered: what is read goes straight into its array.
        self._file = open(path, 'rb', 0)
        try:
            there = max(os.fstat(self._file.fileno()).st_size - offset, 0)
            size = there if size is None else size
            if size > there:
                raise TensorFileError(f'{there} bytes of {size} are there')
            self._read_header(offset, size)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> 'TensorFile':
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._file.close()

    def _read_header(self, offset: int, size: int) -> None:
        """Read the names, and check that the tensors fill the file."""
        length = int.from_bytes(self._bytes(offset, _LENGTH), 'little')
        if length > size - _LENGTH:
            raise TensorFileError(f'a header of {length} bytes in {size}')
        try:
            header = json.loads(self._bytes(offset + _LENGTH, length))
            self.metadata: dict[str,
                                str] = dict(header.pop('__metadata__', {}))
            self._places = {
                name: (_DTYPES[entry['dtype']], tuple(entry['shape']),
                       *entry['data_offsets'])
                for name, entry in header.items()
            }
            end = 0
            for dtype, shape, start, stop in sorted(
                    self._places.values(), key=lambda place: place[2:]):
                count = math.prod(shape) * np.dtype(dtype).itemsize
                if (start, stop) != (end, end + count) or min(
                        shape, default=0) < 0:
                    raise TensorFileError('a tensor of another size')
                end = stop
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, TensorFileError):
                raise
            raise TensorFileError(f'its header: {error!r}') from error
        self._start = offset + _LENGTH + length
        if end != size - _LENGTH - length:
            raise TensorFileError(
                f'{size - _LENGTH - length} bytes of tensors, not {end}')

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a tensor's shape.

        Raises:
            KeyError: There is no such tensor.
        """
        return self._places[name][1]

    def read(self, name: str) -> np.ndarray:
        """Read a whole tensor.

        Raises:
            KeyError: There is no such tensor.
        """
        dtype, shape, _, _ = self._places[name]
        found = np.empty(shape, dtype)
        self._fill(name, 0, found)
        return found

    def read_rows(self, name: str, start: int, rows: np.ndarray) -> None:
        """Read the rows of a matrix from ``start`` on into ``rows``.

        Args:
            name (str): A tensor (N, D).
            start (int): The first row.
            rows (np.ndarray): (n, D), contiguous, of the tensor's type.

        Raises:
            KeyError: There is no such tensor.
            TensorFileError: It has another type or fewer rows.
        """
        dtype, shape, _, _ = self._places[name]
        if (rows.dtype != dtype or rows.shape[1:] != shape[1:]
                or start + len(rows) > shape[0]):
            raise TensorFileError(f'{name} is {np.dtype(dtype)} {shape}')
        self._fill(name, start * rows[:1].nbytes, rows)

    def _fill(self, name: str, skip: int, target: np.ndarray) -> None:
        if target.nbytes:
            self._file.seek(self._start + self._places[name][2] + skip)
            self._into(target.reshape(-1).view(np.uint8).data)

    def _bytes(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        content = bytearray(count)
        self._into(memoryview(content))
        return bytes(content)

    def _into(self, target: memoryview) -> None:
        while target:
            count = self._file.readinto(target)
            if not count:
                raise TensorFileError('the file ends too early')
            target = target[count:]
