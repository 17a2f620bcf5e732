"""Situations: images whose bytes or pixels are not what they should be."""
import io

import numpy as np
from PIL import Image
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.io.camera_image import CameraImage, resize_crop

RNG = np.random.default_rng(0)
# Smooth, so that JPEG keeps it.
COLOURS = np.stack(
    np.broadcast_arrays(
        np.arange(64)[:, None] * 3,
        np.arange(96)[None] * 2, 90), 2).astype(np.uint8)


def encode(picture: Image.Image, kind: str = 'PNG', **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decode(data: bytes, name: str = 'a.jpg') -> np.ndarray:
    return np.asarray(CameraImage(data, name))


def both_ways(data: bytes) -> np.ndarray:
    """Decoded whole, which a crop of its own size must equal."""
    image = CameraImage(data, 'a')
    whole = np.asarray(image)
    height, width, _ = image.shape
    np.testing.assert_array_equal(
        resize_crop(image, (0, 0, width, height), (height, width)), whole)
    return whole


@situation(
    'an empty image', 'bytes', REFUSED,
    "The image 'a.jpg' cannot be decoded (cannot identify image "
    'file...): it is truncated or not an image; copy it again.')
def _(tmp):
    decode(b'')


@situation(
    'a text called .jpg', 'bytes', REFUSED,
    "The image 'a.jpg' cannot be decoded (cannot identify image "
    'file...): it is truncated or not an image; copy it again.')
def _(tmp):
    decode(b'<html>404</html>')


@situation(
    'a JPEG cut off', 'bytes', REFUSED,
    "The image 'a.jpg' cannot be decoded (...): it is truncated or "
    'not an image; copy it again.')
def _(tmp):
    decode(encode(Image.fromarray(COLOURS), 'JPEG')[:-200])


@situation(
    'a PNG with a damaged byte', 'bytes', REFUSED,
    "The image 'a.png' cannot be decoded (...): it is truncated or "
    'not an image; copy it again.')
def _(tmp):
    data = bytearray(encode(Image.fromarray(COLOURS)))
    data[60] ^= 0xff
    decode(bytes(data), 'a.png')


@situation(
    'a grey PNG of 16 bits', 'bytes', REFUSED,
    "The image 'a.png' has more than 8 bits per grey value (mode "
    'I...), of unknown range: save it as RGB of 8 bits.')
def _(tmp):
    grey = RNG.integers(0, 1 << 16, (8, 8)).astype(np.uint16)
    decode(encode(Image.fromarray(grey)), 'a.png')


@situation(
    'a TIFF of floats', 'bytes', REFUSED,
    "The image 'a.tif' has more than 8 bits per grey value (mode F), "
    'of unknown range: save it as RGB of 8 bits.')
def _(tmp):
    grey = RNG.random((8, 8)).astype(np.float32)
    decode(encode(Image.fromarray(grey), 'TIFF'), 'a.tif')


@situation('a colour PNG of 16 bits', 'bytes', RIGHT,
           'the upper eight bits of each colour')
def _(tmp):
    import cv2
    deep = COLOURS.astype(np.uint16) * 257
    _, data = cv2.imencode('.png', deep[..., ::-1])
    np.testing.assert_array_equal(both_ways(data.tobytes()), COLOURS)


@situation('a CMYK JPEG', 'bytes', RIGHT, 'its colours as RGB')
def _(tmp):
    picture = Image.fromarray(COLOURS).convert('CMYK')
    seen = both_ways(encode(picture, 'JPEG', quality=95))
    assert np.abs(seen.astype(int) - COLOURS).mean() < 3


@situation('a palette PNG', 'bytes', RIGHT, 'its colours as RGB')
def _(tmp):
    few = COLOURS // 64 * 64
    data = encode(
        Image.fromarray(few).quantize(
            dither=Image.Dither.NONE))  # yapf: disable
    seen = both_ways(data)
    assert Image.open(io.BytesIO(data)).mode == 'P'
    np.testing.assert_array_equal(seen, few)


@situation('a grey image', 'bytes', RIGHT, 'three equal colours')
def _(tmp):
    seen = both_ways(encode(Image.fromarray(COLOURS[..., 0])))
    np.testing.assert_array_equal(seen, COLOURS[..., :1].repeat(3, 2))


@situation('a PNG with transparency', 'bytes', RIGHT,
           'its colours, transparency left out')
def _(tmp):
    picture = Image.fromarray(COLOURS)
    picture.putalpha(7)
    np.testing.assert_array_equal(both_ways(encode(picture)), COLOURS)


@situation(
    'a JPEG to be turned by its Exif tag', '1', REFUSED,
    "The image 'a.jpg' is to be turned before it is shown (Exif "
    'orientation 6), and its calibration may be of either way: save '
    'the pixels as the calibration has them, without the tag.')
def _(tmp):
    tags = Image.Exif()
    tags[0x0112] = 6
    decode(encode(Image.fromarray(COLOURS), 'JPEG', exif=tags))


@situation('a JPEG whose Exif tag says that it is upright', '1', RIGHT,
           'the image as it is')
def _(tmp):
    tags = Image.Exif()
    tags[0x0112] = 1
    picture = Image.fromarray(COLOURS)
    np.testing.assert_array_equal(
        decode(encode(picture, 'JPEG', exif=tags)),
        decode(encode(picture, 'JPEG')))
