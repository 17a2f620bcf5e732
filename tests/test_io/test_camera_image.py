"""Decoding at reduced scale: the same picture, and exact positions."""
import io

import numpy as np
import pytest
from PIL import Image

from reldistill_mm.functional import crop_pixels
from reldistill_mm.io.camera_image import CameraImage, resize_crop


def encode(array, kind='JPEG', **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind, **options)
    return CameraImage(file.getvalue(), f'a.{kind.lower()}')


def smooth(height, width, cell=16):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height // cell, width // cell, 3), np.uint8)
    return np.asarray(
        Image.fromarray(coarse).resize((width, height), Image.BICUBIC))


def centre(image):
    """Centre of mass (u, v) of what is brighter than black."""
    weight = np.asarray(image, float).sum(2)
    weight = np.clip(weight - 30, 0, None)
    v, u = np.indices(weight.shape)
    return np.array([(u * weight).sum(), (v * weight).sum()]) / weight.sum()


@pytest.mark.parametrize('kind', ['JPEG', 'PNG'])
def test_asarray_is_all_of_it(kind):
    array = smooth(90, 160)
    image = encode(array, kind)
    assert image.shape == (90, 160, 3)
    expected = np.asarray(Image.open(io.BytesIO(image.content)).convert('RGB'))
    np.testing.assert_array_equal(np.asarray(image), expected)
    assert np.asarray(image).dtype == np.uint8


@pytest.mark.parametrize('kind', ['L', 'P', 'RGBA', 'CMYK'])
def test_every_mode_comes_out_as_rgb(kind):
    picture = Image.fromarray(smooth(96, 160)).convert(kind)
    file = io.BytesIO()
    picture.save(file, 'JPEG' if kind in ('L', 'CMYK') else 'PNG')
    image = CameraImage(file.getvalue(), 'a')
    expected = np.asarray(Image.open(file).convert('RGB'))
    np.testing.assert_array_equal(np.asarray(image), expected)
    small = resize_crop(image, (0, 0, 160, 96), (24, 40))
    full = resize_crop(expected, (0, 0, 160, 96), (24, 40))
    assert small.shape == (24, 40, 3)
    assert np.abs(small.astype(int) - full).mean() < 2


# Sizes of the result for which an image of 640 x 480 is decoded at 1 / scale.
SIZES = {1: (300, 400), 2: (200, 280), 4: (110, 150), 8: (40, 60)}


@pytest.mark.parametrize('scale', SIZES)
@pytest.mark.parametrize('shape', [(480, 640), (483, 645)])
@pytest.mark.parametrize('subsampling', [0, 2])
def test_a_marker_is_where_its_pixel_went(scale, shape, subsampling):
    """To a quarter of a pixel, where half a pixel is the limit."""
    marks = [(100, 84), (301, 250), (600, 33), (420, 431)]
    for u, v in marks:
        array = np.zeros((*shape, 3), np.uint8)
        # 11 x 11 pixels, centred on a pixel.
        array[v - 5:v + 6, u - 5:u + 6] = 255
        image = encode(array, quality=95, subsampling=subsampling)
        for box in ((0, 0, shape[1], shape[0]), (3, 1, 639, 477)):
            assert decoded_width(image, box,
                                 SIZES[scale]) == -(-shape[1] // scale)
            found = centre(resize_crop(image, box, SIZES[scale]))
            expected, _ = crop_pixels(np.array([[u, v]]), box, SIZES[scale])
            assert np.abs(found - expected[0]).max() < 0.25


def decoded_width(image, box, size):
    widths = []
    resize = Image.Image.resize

    def watch(self, *args, **kwargs):
        widths.append(self.width)
        return resize(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image.Image, 'resize', watch)
        resize_crop(image, box, size)
    return widths[0]


@pytest.mark.parametrize('scale', SIZES)
def test_pixels_are_those_of_the_whole_image(scale):
    """Within 1 level of 255 on the mean and 8 everywhere, where smooth."""
    image = encode(smooth(480, 640, cell=40), quality=95)
    box = (10, 6, 630, 470)
    small = resize_crop(image, box, SIZES[scale]).astype(int)
    full = resize_crop(np.asarray(image), box, SIZES[scale])
    error = np.abs(small - full)
    assert error.mean() < 1 and error.max() < 8
    assert (error == 0).all() == (scale == 1)


def test_real_images_at_half_scale(real_data):
    """On a street scene: within 1 level of 255 on the mean, 20 everywhere."""
    paths = sorted(real_data.glob('nuscenes_keyframe/samples/CAM*/*.jpg'))
    for path in paths:
        image = CameraImage(path.read_bytes(), str(path))
        for box in ((0, 0, 1600, 900), (301, 77, 1403, 702)):
            small = resize_crop(image, box, (224, 416)).astype(int)
            full = resize_crop(np.asarray(image), box, (224, 416))
            error = np.abs(small - full)
            assert error.mean() < 1 and error.max() < 20


def test_never_coarser_than_the_result():
    image = encode(smooth(480, 640))
    assert decoded_width(image, (0, 0, 640, 480), (240, 321)) == 640
    assert decoded_width(image, (0, 0, 640, 480), (240, 320)) == 320
    assert decoded_width(image, (0, 0, 640, 480), (241, 100)) == 640
    assert decoded_width(image, (0, 0, 100, 480), (10, 90)) == 640


def test_png_and_arrays_take_the_same_way():
    array = smooth(96, 160)
    box = (3, 5, 150, 90)
    np.testing.assert_array_equal(
        resize_crop(encode(array, 'PNG'), box, (20, 30)),
        resize_crop(array, box, (20, 30)))


def test_bad_files_are_named():
    with pytest.raises(ValueError, match='a.jpg.*not an image'):
        CameraImage(b'not an image', 'a.jpg')
    image = encode(smooth(96, 160))
    image.content = image.content[:-300]
    for decode in (np.asarray, lambda i: resize_crop(i, (0, 0, 160, 96),
                                                     (8, 8))):
        with pytest.raises(ValueError, match='a.jpeg.*truncated'):
            decode(image)
