"""What differs between two sensors, and the steps that take it away."""
import ast
import re
import shutil
import sys

import numpy as np
import pytest
import torch
from mmdet3d.registry import TRANSFORMS
from mmdet3d.structures.points import LiDARPoints
from PIL import Image
from tiny_rig import make_boxes, make_scan

from reldistill_mm.apis.compare_data import compare_data
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.functional.cloud_profile import (LEVELS, profile_clouds,
                                                    quantile_distance,
                                                    tell_differences)
from reldistill_mm.visualization.profile_view import draw_profiles


@pytest.fixture(scope='module')
def scan():
    return make_scan(make_boxes(), rings=32, columns=720)


def other_sensor(scan):
    """Half as many points, brighter, and 0.6 m higher."""
    other = scan[::2].copy()
    other[:, 2] -= 0.6
    other[:, 3] = 255 * (other[:, 3] / 255)**.5
    return other


def test_what_a_scan_is_like(scan):
    found = profile_clouds([scan, scan])
    assert (abs(found.lines - 32) <= 1).all()
    np.testing.assert_allclose(found.mounted, 1.7, atol=0.06)
    assert found.points.tolist() == [len(scan)] * 2
    np.testing.assert_allclose(found.intensity,
                               np.quantile(scan[:, 3], LEVELS))


def test_alike_sensors_need_no_switch(scan):
    halves = [profile_clouds([scan[start::2]]) for start in (0, 1)]
    assert tell_differences(*halves) == []


def test_the_switches_take_the_differences_away(scan, mmdet3d_scope):
    """The sentences' own steps, from the training's to the other's."""
    other = other_sensor(scan)
    first, second = profile_clouds([scan]), profile_clouds([other])
    lines = ' '.join(tell_differences(first, second))
    assert 'MatchIntensity' in lines and 'ShiftHeight' in lines
    assert '2.0 times fewer points' in lines
    results = dict(points=LiDARPoints(torch.from_numpy(other), points_dim=4))
    for name in 'MatchIntensity', 'ShiftHeight':
        step = re.search(rf"dict\(type='{name}', (.*?)\)[.;]", lines)[1]
        results = TRANSFORMS.build(
            dict(
                type=name,
                **{
                    key: ast.literal_eval(value)
                    for key, value in re.findall(r'(\w+)=(\[.*?\]|[-.\d]+)',
                                                 step)
                }))(
                    results)
    points = results['points'].tensor.numpy()
    left = tell_differences(first, profile_clouds([points]))
    assert len(left) == 1 and 'ThinPoints' in left[0]
    np.testing.assert_allclose(points[:, 2], scan[::2, 2], atol=0.1)


def test_the_vehicle_is_not_drawn(scan, tmp_path, monkeypatch):
    """What is within 1.5 m counts nowhere."""
    drawn = []
    monkeypatch.setattr(
        sys.modules['reldistill_mm.apis.compare_data'], 'draw_profiles',
        lambda measures, names: drawn.append(measures) or draw_profiles(
            measures, names))
    near = scan[:500].copy()
    near[:, :3] = .5
    both = [tmp_path / name for name in ('with.bin', 'without.bin')]
    np.concatenate([scan, near]).tofile(both[0])
    scan.tofile(both[1])
    lines = compare_data(
        *both, str(tmp_path / 'out.png'), columns=(4, 4), scales=(1, 1))
    assert f'{len(scan)} points beyond the vehicle' in lines[0]
    for _, one, other in drawn[0]:
        np.testing.assert_array_equal(one, other)


def test_distance_of_distributions():
    rng = np.random.default_rng(0)
    values = [rng.normal(mean, 1, 20000) for mean in (0, 1)]
    found = quantile_distance(*(np.quantile(v, LEVELS) for v in values))
    # Between two normals that are one deviation apart: erf(1 / sqrt(8)).
    assert abs(found - 0.383) < 0.03


def test_folders_scans_and_infos(scan, kitti_scans, tmp_path):
    folder = tmp_path / 'own/points'
    folder.mkdir(parents=True)
    scan.tofile(folder / '0.bin')
    np.save(folder / '1.npy', other_sensor(scan))
    infos = kitti_scans / 'semantickitti_infos_train.pkl'
    for second in tmp_path / 'own', folder / '0.bin', infos:
        lines = compare_data(
            folder / '0.bin',
            second,
            str(tmp_path / 'out.png'),
            columns=(4, 4),
            scales=(None, 255 if second == infos else None))
        assert lines[0].startswith('A: 1 scan of ') and lines[1][0] == 'B'
        assert Image.open(tmp_path / 'out.png').width > 1000
    alike = compare_data(
        folder / '0.bin',
        folder / '0.bin',
        str(tmp_path / 'o.png'),
        columns=(4, 4))
    assert alike[2:] == ['Nothing differs by much: no switch is needed.']
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(MissingInput, match='holds no scan'):
        compare_data(folder, folder, str(tmp_path / 'out.png'))


def loaded(count=100):
    tensor = torch.rand(count, 4, generator=torch.Generator().manual_seed(0))
    return dict(
        points=LiDARPoints(tensor * 100, points_dim=4),
        pts_semantic_mask=np.arange(count),
        eval_ann_info=dict(pts_semantic_mask=np.arange(count)))


def build(name, **arguments):
    return TRANSFORMS.build(dict(type=name, **arguments))


def test_one_intensity_for_all(mmdet3d_scope):
    found = build('SetIntensity', value=20)(loaded())['points'].tensor
    assert (found[:, 3] == 20).all()
    assert torch.equal(found[:, :3], loaded()['points'].tensor[:, :3])


def test_matched_intensities_have_the_targets_quantiles(mmdet3d_scope):
    results = loaded(5000)
    values = results['points'].tensor[:, 3].double().numpy()
    source = np.quantile(values, np.linspace(0, 1, 11))
    target = 255 * np.linspace(0, 1, 11)**2
    step = build(
        'MatchIntensity', source=source.tolist(), target=target.tolist())
    found = step(results)['points'].tensor[:, 3].numpy()
    np.testing.assert_allclose(
        np.quantile(found, np.linspace(0, 1, 11)), target, atol=0.2)
    # Brighter stays brighter.
    assert (np.diff(found[np.argsort(values)]) >= 0).all()
    # Of a share with one intensity, the middle.
    step = build('MatchIntensity', source=[0, 0, 0, 9], target=[0, 3, 6, 9])
    results = loaded()
    results['points'].tensor[:, 3] = 0
    assert (step(results)['points'].tensor[:, 3] == 3).all()


def test_shifted_clouds(mmdet3d_scope):
    found = build('ShiftHeight', metres=-0.5)(loaded())['points'].tensor
    wanted = loaded()['points'].tensor
    wanted[:, 2] -= 0.5
    torch.testing.assert_close(found, wanted)


def test_thinned_clouds_keep_their_labels(mmdet3d_scope):
    step = build('ThinPoints', keep=0.3)
    np.random.seed(3)
    first = step(loaded())
    np.random.seed(3)
    again = step(loaded())
    other = step(loaded())
    assert len(first['points']) == 30
    assert torch.equal(first['points'].tensor, again['points'].tensor)
    assert not torch.equal(first['points'].tensor, other['points'].tensor)
    rows = first['pts_semantic_mask']
    torch.testing.assert_close(first['points'].tensor,
                               loaded()['points'].tensor[rows])
    assert (first['eval_ann_info']['pts_semantic_mask'] == rows).all()


@pytest.mark.parametrize('name, arguments', [
    ('SetIntensity', dict(value=300)),
    ('SetIntensity', dict(value=float('nan'))),
    ('MatchIntensity', dict(source=[0, 1], target=[0, 1, 2])),
    ('MatchIntensity', dict(source=[1, 0], target=[0, 1])),
    ('MatchIntensity', dict(source=['a', 'b'], target=[0, 1])),
    ('MatchIntensity', dict(source=[0, 300], target=[0, 1])),
    ('ShiftHeight', dict(metres=1700)),
    ('ShiftHeight', dict(metres=float('inf'))),
    ('ThinPoints', dict(keep=0)),
    ('ThinPoints', dict(keep=50)),
])
def test_switches_that_make_no_sense(mmdet3d_scope, name, arguments):
    with pytest.raises(BadInput, match=name):
        build(name, **arguments)
