"""Intensities in a unit that training does not have."""
import warnings

import numpy as np
import pytest
import torch
from mmdet3d.structures.points import LiDARPoints

from reldistill_mm.datasets import transforms as T
from reldistill_mm.datasets.transforms import intensity_range
from reldistill_mm.errors import BadInput

COUNT = 2000


def cloud(values):
    rng = np.random.default_rng(0)
    points = rng.uniform(-30, 30, (COUNT, 4)).astype(np.float32)
    points[:, 3] = values
    return points


def uniform(low, high):
    return np.random.default_rng(1).uniform(low, high, COUNT)


def through_lidar(points, scale, tmp_path):
    points.tofile(tmp_path / 'cloud.bin')
    info = dict(lidar_points=dict(lidar_path=str(tmp_path / 'cloud.bin')))
    load = T.LoadLidarPoints(load_dim=4, use_dim=4, intensity_scale=scale)
    return load.transform(info)['points'].tensor[:, 3]


def through_scaling(points, scale, tmp_path):
    points = LiDARPoints(torch.from_numpy(points.copy()), points_dim=4)
    info = dict(points=points, lidar_points=dict(lidar_path='cloud.bin'))
    return T.ScaleIntensity(scale).transform(info)['points'].tensor[:, 3]


def through_folder(points, scale, tmp_path):
    points.tofile(tmp_path / 'cloud.bin')
    info = dict(
        lidar_points=dict(
            lidar_path=str(tmp_path / 'cloud.bin'),
            num_pts_feats=4,
            max_intensity=255 / scale,
            intensity_path=None))
    return T.LoadFolderPoints().transform(info)['points'].tensor[:, 3]


def through_folder_arrays(points, scale, tmp_path):
    np.save(tmp_path / 'coord.npy', points[:, :3])
    np.save(tmp_path / 'strength.npy', points[:, 3])
    info = dict(
        lidar_points=dict(
            lidar_path=str(tmp_path / 'coord.npy'),
            num_pts_feats=3,
            max_intensity=255 / scale,
            intensity_path=str(tmp_path / 'strength.npy')))
    return T.LoadFolderPoints().transform(info)['points'].tensor[:, 3]


@pytest.fixture(
    params=[
        through_lidar, through_scaling, through_folder, through_folder_arrays
    ],
    ids=lambda through: through.__name__)
def load(request, tmp_path, monkeypatch):
    monkeypatch.setattr(intensity_range, '_warned', set())
    return lambda values, scale: request.param(cloud(values), scale, tmp_path)


@pytest.mark.parametrize('low, high, scale', [(0, 255, 1), (0, 1, 255),
                                              (0, 4095, 255 / 4095)])
def test_plausible_intensities(load, low, high, scale):
    values = uniform(low, high)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found = load(values, scale)
    np.testing.assert_allclose(found, values * scale, rtol=1e-4)


@pytest.mark.parametrize('high, scale, message', [
    (255, 255, 'reach 64.* factor 255.*training 255.* to 1[.]$'),
    (65535, 1, 'reach 64.* to 0.003891'),
    (4095, 1, 'reach 40.* to 0.06227'),
    (1, 4095, 'reach 40.* to 255[.]$'),
])
def test_other_units_are_refused(load, high, scale, message):
    with pytest.raises(BadInput, match=message):
        load(uniform(0, high), scale)


def test_decibels_are_refused(load):
    with pytest.raises(BadInput, match='negative.*decibels|columns'):
        load(uniform(-40, -5), 1)


def test_single_points_decide_nothing(load):
    values = uniform(0, 255)
    values[7:12] = 1e6, 300, -5, 4000, 400
    np.testing.assert_allclose(load(values, 1), values, rtol=1e-4)


def test_dark_clouds_are_warned_about_once(load):
    with pytest.warns(UserWarning, match='at most .*intensity_scale=255'):
        load(uniform(0, 1), 1)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        load(uniform(0, 1), 1)
        # No intensities at all: the loaders' own zeros.
        load(np.zeros(COUNT), 1)


def test_the_case_of_the_issue(tmp_path):
    """``intensity_scale=255`` on 0 to 255 made 64 992 without a word."""
    values = uniform(0, 255)
    values[:40] = 64992 / 255
    with pytest.raises(BadInput) as error:
        through_lidar(cloud(values), 255, tmp_path)
    text = str(error.value)
    assert 'cloud.bin' in text and 'intensity_scale' in text
    assert '\n' not in text


def test_real_scans(real_data, tmp_path):
    paths = [
        (real_data / 'semantickitti/sequences/00/velodyne', 4, 255, 1),
        (real_data / 'nuscenes_keyframe/samples/LIDAR_TOP', 5, 1, 255),
    ]
    for folder, columns, right, wrong in paths:
        path = str(next(folder.iterdir()))
        info = dict(lidar_points=dict(lidar_path=path))
        load = dict(load_dim=columns, use_dim=4)
        top = T.LoadLidarPoints(
            intensity_scale=right, **load).transform(dict(info))
        assert 200 < float(top['points'].tensor[:, 3].max()) <= 255.5
        if wrong > 1:
            with pytest.raises(BadInput, match='set intensity_scale'):
                T.LoadLidarPoints(
                    intensity_scale=wrong, **load).transform(dict(info))


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('column', [0, 2, 3])
def test_values_that_are_not_finite(load, value, column, tmp_path):
    points = cloud(uniform(0, 255))
    points[5, column] = value
    for through in (through_lidar, through_folder, through_folder_arrays):
        with pytest.raises(BadInput, match='1 points.*not finite.*row 5'):
            through(points, 1, tmp_path)


def test_a_scale_without_intensities():
    with pytest.raises(BadInput, match='column 3, and load_dim=3'):
        T.LoadLidarPoints(load_dim=3, use_dim=3, intensity_scale=255)


def test_points_of_mmdet3ds_loader_that_are_not_finite(tmp_path):
    points = torch.from_numpy(cloud(uniform(0, 1)))
    points[3, 1] = np.nan
    points[4, 3] = np.nan
    info = dict(
        points=LiDARPoints(points, points_dim=4),
        lidar_points=dict(lidar_path='cloud.bin'),
        images={},
        img_shapes=[])
    with pytest.raises(BadInput, match="'cloud.bin' has 2 points.*row 3"):
        T.PairPointsWithPixels().transform(dict(info))
    with pytest.raises(BadInput, match="'cloud.bin' hold.*not finite"):
        T.ScaleIntensity(255).transform(info)
