"""Cached pairs through the pipeline, as those that are computed live."""
import numpy as np
import pytest
from mmdet3d.registry import TRANSFORMS
from test_datasets.test_nuscenes_lidarseg import build
from test_datasets.test_pairs_pipeline import CLOUD_TRANSFORMS

from reldistill_mm.cli.said import is_bad_input
from reldistill_mm.datasets import transforms as T
from reldistill_mm.teacher_cache import (CachedPairs, Manifest, PairFileError,
                                         frame_fingerprint, write_manifest,
                                         write_pairs)

MANIFEST = Manifest(dict(dims=None), 'python tools/cache_teacher.py CONFIG')
PACK = T.PackPairs(keys=['points'])


def load_points(keyframes, index=0):
    info = build(keyframes).get_data_info(index)
    return T.LoadLidarPoints(load_dim=5, use_dim=4).transform(info)


def feature_of(intensity, camera, uv):
    """A feature that tells which pair it belongs to."""
    columns = [intensity / 256, camera, uv[:, 0] / 256, uv[:, 1] / 256]
    return np.stack(columns, 1).astype(np.float16)


@pytest.fixture(scope='module')
def cache(keyframes, tmp_path_factory):
    root = tmp_path_factory.mktemp('cache')
    write_manifest(root, MANIFEST)
    for index in (0, 1):
        results = T.LoadCameraImages(decode=False).transform(
            load_points(keyframes, index))
        results = T.PairPointsWithPixels().transform(results)
        points = results['points'].tensor.numpy()
        order = np.random.default_rng(0).permutation(
            len(results['pairs'].point))
        pairs = results['pairs'].select(order)
        features = feature_of(points[pairs.point, 3], pairs.camera, pairs.uv)
        write_pairs(root / f"{results['token']}.safetensors",
                    CachedPairs(pairs, features, results['camera_visible']),
                    MANIFEST.key,
                    frame_fingerprint(points[:, :3], results['images']))
    return root


def load(keyframes, cache, **kwargs):
    return T.LoadCachedPairs(str(cache),
                             **kwargs).transform(load_points(keyframes))


def content(packed):
    pairs = packed['data_samples'].pairs
    intensity = packed['inputs']['points'][pairs.point][:, 3]
    return {(*map(float, row), )
            for row in zip(intensity, pairs.camera, pairs.uv[:, 0],
                           pairs.uv[:, 1], pairs.depth)}


def test_no_image_is_read_and_the_pairs_are_those_of_live(
        keyframes, cache, monkeypatch):
    live = T.PairPointsWithPixels().transform(
        T.LoadCameraImages(decode=False).transform(load_points(keyframes)))
    live = PACK.transform(live)
    monkeypatch.setattr(T.LoadCameraImages, '_read', None)
    packed = PACK.transform(load(keyframes, cache))
    assert content(packed) == content(live)
    assert 'img' not in packed['inputs']
    samples = packed['data_samples'], live['data_samples']
    assert samples[0].pairs.features.shape == (len(samples[1].pairs), 4)
    assert (samples[0].gt_pts_seg.camera_visible ==
            samples[1].gt_pts_seg.camera_visible).all()
    assert 'features' not in samples[1].pairs


@pytest.mark.parametrize(
    'config', CLOUD_TRANSFORMS, ids=[c['type'] for c in CLOUD_TRANSFORMS])
@pytest.mark.parametrize('num_pairs', [None, 150])
def test_features_stay_with_their_points(keyframes, cache, config, num_pairs,
                                         mmdet3d_scope):
    results = load(keyframes, cache, num_pairs=num_pairs)
    before = content(PACK.transform(dict(results)))
    assert num_pairs is None or len(before) == num_pairs
    packed = PACK.transform(TRANSFORMS.build(config)(results))
    after, pairs = content(packed), packed['data_samples'].pairs
    assert after and after <= before
    if config['type'] == 'PointsRangeFilter':
        assert len(after) < len(before)
    intensity = packed['inputs']['points'][pairs.point][:, 3].numpy()
    np.testing.assert_array_equal(
        pairs.features,
        feature_of(intensity, pairs.camera.numpy(), pairs.uv.numpy()))


def test_draws_are_new_each_time_and_seeded(keyframes, cache):

    def draw(seed=None):
        if seed is not None:
            np.random.seed(seed)
        return load(keyframes, cache, num_pairs=128)['pairs'].point.tolist()

    first = draw(seed=1)
    assert draw() != first and draw(seed=1) == first


def test_nothing_is_copied_where_every_point_stays(keyframes, cache):
    results = load(keyframes, cache)
    packed = PACK.transform(dict(results))
    assert np.shares_memory(packed['data_samples'].pairs.features.numpy(),
                            results['pair_features'])


def test_errors_name_file_reason_and_command(keyframes, cache, tmp_path):
    with pytest.raises(ValueError, match='no root: set teacher_cache_root'):
        T.LoadCachedPairs()
    with pytest.raises(FileNotFoundError, match='no teacher cache'):
        T.LoadCachedPairs(str(tmp_path))
    write_manifest(tmp_path, MANIFEST)
    command = 'tools/cache_teacher.py CONFIG'
    with pytest.raises(
            FileNotFoundError, match=f'token0.safetensors.*{command}'):
        load(keyframes, tmp_path)
    file = tmp_path / 'token0.safetensors'
    whole = (cache / file.name).read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(PairFileError, match=f'token0.*truncated.*{command}'):
        load(keyframes, tmp_path)
    file.write_bytes((cache / 'token1.safetensors').read_bytes())
    with pytest.raises(
            PairFileError,
            match=f'token0.*stale.*delete the folder.*{command}'):
        load(keyframes, tmp_path)
    file.write_bytes(whole)
    load(keyframes, tmp_path)
    write_manifest(tmp_path, MANIFEST._replace(identity=dict(dims=3)))
    with pytest.raises(
            PairFileError, match=f'token0.*stale.*{command}') as error:
        load(keyframes, tmp_path)
    # One line and exit code 2, not a traceback.
    assert is_bad_input(error.value)
    with pytest.raises(ValueError, match='num_pairs'):
        T.LoadCachedPairs(str(cache), num_pairs=0)
