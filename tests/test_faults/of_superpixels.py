"""Situations: superpixels that do not fit their images, or are not there."""
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm.datasets import transforms as T
from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.io.segment_map import read_segments
from reldistill_mm.models import BatchPairs, SuperpixelPool

TEST = 'tests/test_datasets/test_superpixel_steps.py::'
NOT_A_MAP = (
    'and not one whole number for each pixel, (height, width): number '
    'the segments, and save them as PNG in grey or as npz.')


def save(tmp, values, name='a.png'):
    path = tmp / name
    if name.endswith('.png'):
        Image.fromarray(values).save(path)
    else:
        np.savez(path, **values)
    return str(path)


def look_up(path, shape=(90, 160), image='a.jpg', **step):
    """Two pairs of one camera, by the map in ``path`` or by a step."""
    pairs = PointPixelPairs(
        np.arange(2), np.zeros(2, int),
        np.array([[0, 0], [159, 89]], np.float32), np.ones(2, np.float32))
    results = dict(
        images=dict(front=dict()),
        camera_names=['front'],
        img_path=[image],
        img_shapes=[shape],
        pairs=pairs,
        **step)
    loader = T.LoadSuperpixels(path) if isinstance(path, str) else path
    return loader.transform(results)['pairs'].segment


@situation(
    'superpixels of another image', 'values', REFUSED,
    "'a.png' has 160 x 90 pixels and its image 'a.jpg' 90 x 160, which "
    'is of another shape: a map must show the whole image.')
def _(tmp):
    look_up(save(tmp, np.ones((160, 90), np.uint8)))


@situation('superpixels of the image at another size', 'values', RIGHT,
           'looked up at the same place')
def _(tmp):
    values = np.zeros((45, 80), np.uint16)
    values[0, 0], values[-1, -1] = 7, 60000
    assert look_up(save(tmp, values)).tolist() == [7, 60000]


@situation('pixels that no mask covers', '9', RIGHT,
           'their pairs are in no superpixel and left out')
def _(tmp):
    values = np.zeros((90, 160), np.uint8)
    values[0, 0] = 255
    segment = torch.from_numpy(look_up(save(tmp, values)))
    assert segment.tolist() == [255, -1]
    index = torch.arange(2)
    pairs = BatchPairs(index, index * 0, torch.zeros(2, 2), index, segment)
    assert SuperpixelPool()(pairs).voxel.tolist() == [0]


@situation('masks painted in colours', 'values', REFUSED,
           f"'a.png' holds uint8 of shape (90, 160, 3) {NOT_A_MAP}")
def _(tmp):
    look_up(save(tmp, np.zeros((90, 160, 3), np.uint8)))


@situation(
    'superpixels saved as JPEG or GIF', 'values', REFUSED,
    "'a.jpg' is a picture of the format JPEG, which does not keep numbers as "
    'they are: save the map as PNG.')
def _(tmp):
    values = np.repeat(np.arange(160, dtype=np.uint8)[None], 90, 0)
    Image.fromarray(values).save(tmp / 'a.jpg')
    look_up(str(tmp / 'a.jpg'))


@situation(
    'one file of superpixels for two images (the same name in two sequences)',
    '6', REFUSED, "files='{stem}.png' gives the image '01/a.jpg' the map "
    "'a.png', which another image has, too: name {camera}, {stem} or "
    '{folder} in it.')
def _(tmp):
    save(tmp, np.ones((90, 160), np.uint8))
    step = T.LoadSuperpixels('{stem}.png')
    for folder in ('00', '00', '01'):
        look_up(step, image=f'{folder}/a.jpg')


@situation(
    'make_superpixels --sigma inf', 'values', REFUSED,
    'SLIC needs positive segments and compactness and a sigma that is not '
    'negative, all of them finite, got 150, 6.0 and inf.')
def _(tmp):
    T.SlicSuperpixels(sigma=float('inf'))


@situation('a stack of binary masks', 'values', REFUSED,
           f"'a.npz' holds bool of shape (3, 9, 16) {NOT_A_MAP}")
def _(tmp):
    look_up(save(tmp, dict(masks=np.zeros((3, 9, 16), bool)), 'a.npz'))


@situation(
    'several arrays in a file of superpixels', 'values', REFUSED,
    "'a.npz' holds the arrays ['boxes', 'ids']: keep the one that "
    'numbers the segments.')
def _(tmp):
    ids = np.zeros((9, 16), int)
    look_up(save(tmp, dict(boxes=ids, ids=ids), 'a.npz'))


@situation(
    'a cut off file of superpixels', 'bytes', REFUSED,
    "'a.npz' is not a file of numbers that NumPy saved (...): save it "
    'again.')
def _(tmp):
    path = save(tmp, dict(ids=np.zeros((9, 16), int)), 'a.npz')
    content = (tmp / 'a.npz').read_bytes()
    (tmp / 'a.npz').write_bytes(content[:-30])
    look_up(path)


@situation(
    'pickled objects as superpixels', 'bytes', REFUSED,
    "'a.npy' is not a file of numbers that NumPy saved (...): save it "
    'again.')
def _(tmp):
    np.save(tmp / 'a.npy', np.array([SimpleNamespace()]), allow_pickle=True)
    read_segments(str(tmp / 'a.npy'))


@situation(
    'a picture that is not one as superpixels', 'bytes', REFUSED,
    "The image 'a.png' cannot be decoded (...): it is truncated or not "
    'an image; copy it again.')
def _(tmp):
    (tmp / 'a.png').write_bytes(b'not a picture')
    look_up(str(tmp / 'a.png'))


@situation(
    'superpixels of images that were cropped already', '1', REFUSED,
    'LoadSuperpixels needs pairs on whole images, and '
    'ResizedCropCameras comes before it: put it right after '
    'PairPointsWithPixels; crops and flips then take the superpixels '
    'along.')
def _(tmp):
    path = save(tmp, np.ones((90, 160), np.uint8))
    look_up(path, cameras_moved_by='ResizedCropCameras')


@situation(
    'a loss over superpixels that nothing has made', 'config', REFUSED,
    'SuperpixelPool finds no segments in the pairs: put SlicSuperpixels '
    'or LoadSuperpixels after PairPointsWithPixels in the training '
    'pipeline or, for cached features, in paired_pipeline, and build '
    'the cache again.')
def _(tmp):
    index = torch.arange(2)
    SuperpixelPool()(BatchPairs(index, index, torch.zeros(2, 2), index))


elsewhere(
    'a mistyped field in the names of superpixels', 'names', REFUSED,
    "files='...' names 'camra', which the camera '...' does not have; "
    "did you mean 'camera'?", f'{TEST}test_other_patterns_and_missing_maps')
elsewhere(
    'superpixels that are not there', 'names', REFUSED,
    "The superpixels '...' of '...' do not exist: `python "
    'tools/make_superpixels.py CONFIG` writes them, or correct files of '
    'LoadSuperpixels.', f'{TEST}test_other_patterns_and_missing_maps')
elsewhere(
    'make_superpixels over files of another tool, or of other numbers', '6',
    REFUSED, "'...' is there, made by ... and not by ...: remove "
    'it, or name other files (--files).',
    'tests/test_apis/test_make_superpixels.py::'
    'test_what_would_be_overwritten_is_refused')
elsewhere(
    'a teacher cache without superpixels for a loss over them', '9', REFUSED,
    "The teacher cache in '...' is stale: ...",
    'tests/test_models/test_superpixel_training.py::'
    'test_one_cache_serves_configs_with_and_without')
elsewhere(
    'other superpixels under the names of those that a cache was made of', '6',
    REFUSED, "'...' is stale: the keyframe's points, calibration, images or "
    'superpixels differ from those that it was made of. ...',
    'tests/test_models/test_superpixel_training.py::'
    'test_other_maps_under_the_same_names_are_refused')
