"""Sweeps in the keyframe's frame, and where their points go."""
import copy

import numpy as np
import pytest
import torch
from mmdet3d.registry import TRANSFORMS
from test_datasets.test_nuscenes_lidarseg import build

from reldistill_mm.datasets import transforms as T
from reldistill_mm.errors import BadInput, MissingInput

COLUMNS = dict(load_dim=5, use_dim=4)
LOAD = T.LoadLidarPoints(**COLUMNS)
PACK = T.PackPairs(keys=['points', 'img'])


@pytest.fixture
def info(keyframes):
    """The first keyframe, whose sweeps are the clouds of both."""
    np.random.seed(0)
    dataset = build(keyframes, ann_file='infos_sweeps.pkl', load_sweeps=True)
    return dataset.get_data_info(0)


def pose(shift, degrees):
    """From the keyframe's frame to one that is turned and away."""
    angle = np.deg2rad(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)],
                      [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = shift
    return matrix


def test_points_are_brought_to_the_keyframe(info):
    """The inverse of lidar2sensor, which mmdet3d's loader gets wrong."""
    where = pose([3, -1, .5], 40)
    for sweep in info['lidar_sweeps']:
        sweep['lidar_points']['lidar2sensor'] = where
    found = T.LoadSweeps(
        count=1, near=0, **COLUMNS).transform(LOAD.transform(info))
    xyz = found['points'].tensor
    own, theirs = xyz[found['sweep'] == 0], xyz[found['sweep'] == 1]
    assert len(own) == len(theirs) == 3000
    # Back by the matrix itself, point by point.
    back = np.stack([(where @ [*row[:3], 1])[:3]
                     for row in theirs.double().numpy()])
    path = info['lidar_sweeps'][int(not np.allclose(
        back, own[:, :3], atol=1e-4))]['lidar_points']['lidar_path']
    stored = np.fromfile(path, np.float32).reshape(-1, 5)
    np.testing.assert_allclose(back, stored[:, :3], atol=1e-4)
    np.testing.assert_array_equal(theirs[:, 3], stored[:, 3])


def test_the_car_itself_is_left_out(info):
    sweep = info['lidar_sweeps'][0]['lidar_points']['lidar_path']
    stored = np.fromfile(sweep, np.float32).reshape(-1, 5)[:, :2]
    near = (np.abs(stored) < 8).all(1).sum()
    assert near > 0
    info['lidar_sweeps'] = info['lidar_sweeps'][:1]
    found = T.LoadSweeps(near=8, **COLUMNS).transform(LOAD.transform(info))
    assert (found['sweep'] == 1).sum() == 3000 - near


@pytest.mark.parametrize('there, count, expected', [(0, 2, {0}),
                                                    (1, 2, {0, 1}),
                                                    (2, 1, {0, 1}),
                                                    (2, 2, {0, 1, 2})])
def test_as_many_as_there_are(info, there, count, expected):
    info['lidar_sweeps'] = info['lidar_sweeps'][:there]
    found = T.LoadSweeps(
        count=count, **COLUMNS).transform(LOAD.transform(info))
    assert set(found['sweep'].tolist()) == expected
    assert len(found['sweep']) == len(found['points'])


def prepared(info, *after):
    steps = [
        LOAD,
        T.LoadSweeps(**COLUMNS),
        T.LoadCameraImages(),
        T.PairPointsWithPixels(), *after, PACK
    ]
    info = copy.deepcopy(info)
    for step in steps:
        info = step.transform(info)
    return info['data_samples'], info['inputs']['points']


def test_sweeps_travel_through_shuffles_and_filters(info):
    np.random.seed(1)
    plain, cloud = prepared(info)
    sweep_of = {
        tuple(row): sweep
        for row, sweep in zip(cloud.tolist(), plain.sweep.tolist())
    }
    np.random.seed(1)
    near = [-20, -20, -5, 20, 20, 5]
    moved, cloud = prepared(
        info, TRANSFORMS.build(dict(type='PointShuffle')),
        TRANSFORMS.build(
            dict(type='PointsRangeFilter', point_cloud_range=near)))
    assert 0 < len(cloud) == len(moved.sweep) < len(plain.sweep)
    # A point and its copy in a sweep of the same cloud differ by a metre.
    assert [sweep_of[tuple(row)]
            for row in cloud.tolist()] == moved.sweep.tolist()
    paired = moved.sweep[moved.pairs.point]
    assert set(paired.tolist()) == {0, 1, 2}


def test_refused(info, keyframes):
    load = T.LoadSweeps(**COLUMNS)
    plain = LOAD.transform(build(keyframes).get_data_info(0))
    with pytest.raises(BadInput, match='load_sweeps=True of the dataset'):
        load.transform(plain)
    with pytest.raises(BadInput, match='comes after the pairing'):
        load.transform(LOAD.transform(dict(info, pairs=None)))
    labelled = dict(info, pts_semantic_mask=np.zeros(3000, np.int64))
    with pytest.raises(BadInput, match='have labels, which those of other'):
        load.transform(LOAD.transform(labelled))
    for key, value, error, words in (('lidar2sensor', None, BadInput,
                                      'has no lidar2sensor'),
                                     ('lidar_path', 'gone.bin', MissingInput,
                                      "'gone.bin' does not exist")):
        bad = copy.deepcopy(info)
        for sweep in bad['lidar_sweeps']:
            sweep['lidar_points'][key] = value
        with pytest.raises(error, match=words):
            load.transform(LOAD.transform(bad))
    for how, words in ((dict(count=0), 'LoadSweeps needs a positive'),
                       (dict(near=-1), 'LoadSweeps needs a positive'),
                       (dict(among=1), 'cannot draw 2 sweeps from among=1')):
        with pytest.raises(BadInput, match=words):
            T.LoadSweeps(**how, **COLUMNS)
    cached = T.LoadCachedPairs.__new__(T.LoadCachedPairs)
    with pytest.raises(BadInput, match='LoadSweeps comes before LoadCached'):
        cached.transform(load.transform(LOAD.transform(info)))


def test_only_the_latest_are_drawn_from(info):
    info['lidar_sweeps'][1]['lidar_points']['lidar_path'] = 'gone.bin'
    for _ in range(5):
        found = T.LoadSweeps(
            count=1, among=1,
            **COLUMNS).transform(LOAD.transform(copy.deepcopy(info)))
        assert found['sweep'].max() == 1


def test_points_dropped_before_the_pairing_are_refused(info):
    results = LOAD.transform(info)
    results = T.LoadSweeps(**COLUMNS).transform(results)
    results['points'] = results['points'][torch.arange(4000)]
    for step in (T.LoadCameraImages(), T.PairPointsWithPixels()):
        results = step.transform(results)
    with pytest.raises(BadInput, match='9000 points.* and 4000 were paired'):
        T.PackPairs(keys=['points', 'img']).transform(results)


def test_points_reordered_before_the_pairing_are_refused(info):
    results = T.LoadSweeps(**COLUMNS).transform(LOAD.transform(info))
    shuffled = TRANSFORMS.build(dict(type='PointShuffle'))(
        copy.deepcopy(results))
    pair = [T.LoadCameraImages(), T.PairPointsWithPixels()]
    with pytest.raises(BadInput, match='which sweep each is of'):
        for step in pair:
            shuffled = step.transform(shuffled)
    for step in pair:
        results = step.transform(results)
