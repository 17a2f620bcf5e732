"""Superpixels from files and by SLIC, through crops, flips and packing."""
import io

import numpy as np
import pytest
import torch
from PIL import Image
from test_datasets.test_calibration_doors import (IMAGES, PAIR, POINTS, REAL,
                                                  run)
from test_datasets.test_nuscenes_lidarseg import build

from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.transforms.slic import slic_segments
from reldistill_mm.datasets.transforms.traits import is_random
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.segment_map import (encode_segments, maker_of,
                                          read_segments)
from reldistill_mm.models import BatchPairs, SuperpixelPool

PACK = T.PackPairs(keys=['points', 'img'])


@pytest.fixture
def loaded(keyframes):
    np.random.seed(0)
    info = build(keyframes).get_data_info(0)
    for step in (T.LoadLidarPoints(load_dim=5,
                                   use_dim=4), T.LoadCameraImages(),
                 T.PairPointsWithPixels()):
        info = step.transform(info)
    return info


@pytest.fixture
def maps(loaded, tmp_path):
    """A map for each image, in which every pixel is a segment of its own."""
    for name, shape in zip(loaded['camera_names'], loaded['img_shapes']):
        ids = np.arange(shape[0] * shape[1]).reshape(shape) + 2**40
        path = tmp_path / name
        path.mkdir()
        stem = loaded['img_path'][loaded['camera_names'].index(name)]
        stem = stem.rpartition('/')[2].removesuffix('.jpg')
        np.savez(path / f'{stem}.npz', ids)
    return f'{tmp_path}/{{camera}}/{{stem}}.npz'


def place_of(segment, width):
    return np.stack([(segment - 2**40) % width, (segment - 2**40) // width], 1)


def test_segments_travel_through_crops_flips_and_packing(loaded, maps):
    results = T.LoadSuperpixels(maps).transform(loaded)
    width = results['img_shapes'][0][1]
    before = results['pairs']
    place = place_of(before.segment, width)
    assert np.abs(before.uv - place).max() <= 0.501
    own = {(p, c): s for p, c, s in zip(before.point, before.camera,
                                        before.segment)}  # yapf: disable
    for step in (T.SampleCameras(3), T.ResizedCropCameras(
        (64, 96)), T.RandomFlipCameras(1.0)):
        results = step.transform(results)
    names = results['camera_names']
    original = list(loaded['images'])
    packed = PACK.transform(results)
    pairs = packed['data_samples'].pairs
    assert pairs.segment.dtype.is_signed and pairs.segment.min() >= 2**40
    found = zip(pairs.point.tolist(), pairs.camera.tolist(),
                pairs.segment.tolist())
    assert 0 < len(pairs.point) < len(own)
    for point, camera, segment in found:
        assert own[point, original.index(names[camera])] == segment


def test_segments_are_cut_where_points_go(loaded, maps):
    results = T.LoadSuperpixels(maps).transform(loaded)
    results['points'] = results['points'][results['points'].bev.norm(
        dim=1) < 9]
    before = len(results['pairs'].point)
    pairs = T.PackPairs(
        keys=['points']).transform(results)['data_samples'].pairs
    assert 0 < len(pairs.segment) == len(pairs.point) < before


def test_slic_of_crops_is_that_of_what_the_teacher_sees(loaded):
    results = T.ResizedCropCameras((64, 96)).transform(loaded)
    results = T.SlicSuperpixels(segments=20).transform(results)
    pairs = results['pairs']
    assert pairs.segment.dtype == np.int64
    for camera, image in enumerate(results['camera_imgs']):
        wanted = slic_segments(image, segments=20)
        assert wanted.shape == (64, 96) and 1 < len(np.unique(wanted)) < 40
        mine = pairs.select(pairs.camera == camera)
        u, v = np.floor(mine.uv + 0.5).astype(int).T
        np.testing.assert_array_equal(mine.segment, wanted[v.clip(0, 63),
                                                           u.clip(0, 95)])


def test_they_draw_nothing_and_say_so(mmdet3d_scope):
    assert not is_random(dict(type='SlicSuperpixels'))
    assert not is_random(dict(type='LoadSuperpixels', files='a'))


def test_maps_come_back_with_who_made_them(tmp_path):
    segments = np.arange(-1, 299).reshape(20, 15)
    content = encode_segments(segments, 'us')
    path = tmp_path / 'a.png'
    path.write_bytes(content)
    found = read_segments(str(path))
    # From 1 on, since 0 says that there is none.
    np.testing.assert_array_equal(found,
                                  np.where(segments < 0, -1, segments + 1))
    assert found.dtype == np.int64
    assert maker_of(content) == 'us' and maker_of(b'') is None
    with pytest.raises(BadInput, match='65536 segments are too many'):
        encode_segments(np.array([[65535]]), 'us')


@pytest.mark.parametrize('mode', ['L', 'I;16', 'P'])
def test_pngs_of_other_tools(mode, tmp_path):
    values = np.array([[0, 1, 200], [7, 0, 3]])
    kind = dict(L=np.uint8, P=np.uint8).get(mode, np.uint16)
    picture = Image.fromarray(values.astype(kind))
    if mode == 'P':
        picture.putpalette(list(range(256)) * 3)
    file = io.BytesIO()
    picture.save(file, 'PNG')
    (tmp_path / 'a.png').write_bytes(file.getvalue())
    wanted = np.where(values, values, -1)
    path = str(tmp_path / 'a.png')
    np.testing.assert_array_equal(read_segments(path), wanted)
    np.testing.assert_array_equal(read_segments(path, None), values)


@pytest.mark.parametrize('step', [
    T.ResizedCropCameras((64, 96)), T.ResizedCropCameras((64, 96), area=None),
    T.RandomFlipCameras(0.0)
])  # yapf: disable
def test_maps_of_images_that_were_moved_are_refused(step, loaded, maps):
    with pytest.raises(
            BadInput, match=f'{type(step).__name__} comes before it: put it'):
        T.LoadSuperpixels(maps).transform(step.transform(loaded))


def test_other_patterns_and_missing_maps(loaded, maps):
    with pytest.raises(BadInput, match="names 'camra', .* mean 'camera'"):
        T.LoadSuperpixels('a/{camra}.png').transform(loaded)
    with pytest.raises(BadInput, match='not a pattern of names'):
        T.LoadSuperpixels('a/{.png').transform(loaded)
    with pytest.raises(MissingInput, match='tools/make_superpixels.py CONFIG'):
        T.LoadSuperpixels('/nowhere/{stem}.png').transform(loaded)


def test_fields_of_the_info_are_names_too(loaded, maps):
    for camera in loaded['images'].values():
        camera['sample_data_token'] = 'token'
    with pytest.raises(MissingInput, match="'/nowhere/token.png'"):
        T.LoadSuperpixels('/nowhere/{sample_data_token}.png').transform(loaded)


def test_the_superpixels_of_the_real_keyframe(real_data, mmdet3d_scope):
    """Most of a crop's superpixels have pairs, and most pairs company."""
    results = run(real_data / 'nuscenes_keyframe', POINTS, IMAGES, PAIR,
                  dict(type='ResizedCropCameras', size=(224, 416), area=None),
                  dict(type='SlicSuperpixels'), **REAL)  # yapf: disable
    pairs = results['pairs']
    assert len(pairs.point) == 22115 and pairs.segment.min() >= 0
    index = torch.arange(len(pairs.point))
    pooled = SuperpixelPool()(
        BatchPairs(index, torch.from_numpy(pairs.camera),
                   torch.from_numpy(pairs.uv), index,
                   torch.from_numpy(pairs.segment)))
    size = pooled.group.unique(return_counts=True)[1]
    assert 300 < len(size) < 6 * 160 and size.median() > 5
