"""LZF, the compression of PCD files of kind binary_compressed.

Format: the comments of liblzf's decompressor: a control byte below 32 is
followed by that many literals plus one, any other one is a length (upper
three bits) and a distance (the rest and another byte) to copy from.
"""


def unpack_lzf(source: bytes) -> bytes | None:
    """Unpack a stream.

    Args:
        source (bytes): The stream.

    Returns:
        bytes, optional: Its content; None if it is damaged or cut off.

    Example:
        Two letters, and three more that repeat them:

        >>> unpack_lzf(b'\\x01ab' + bytes([1 << 5, 1]))
        b'ababa'
    """
    out = bytearray()
    try:
        _unpack(source, out)
    except IndexError:
        return None
    return bytes(out)


def _unpack(source: bytes, out: bytearray) -> None:
    """Append the unpacked bytes to ``out``."""
    at = 0
    while at < len(source):
        control = source[at]
        at += 1
        if control < 32:
            literals = source[at:at + control + 1]
            if len(literals) <= control:
                raise IndexError('cut off')
            out += literals
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += source[at]
            at += 1
        start = len(out) - ((control & 31) << 8) - source[at] - 1
        at += 1
        if start < 0:
            raise IndexError('reference before the start')
        for position in range(start, start + length + 2):
            out.append(out[position])
