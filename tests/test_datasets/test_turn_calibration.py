"""Cameras turned by a fixed angle."""
import copy

import numpy as np
import pytest

from reldistill_mm.datasets.transforms import TurnCalibration
from reldistill_mm.datasets.transforms.turn_calibration import rotation
from reldistill_mm.errors import BadInput


@pytest.fixture
def results():
    turned = np.eye(4)
    turned[:3, 3] = 1, 2, 3
    return dict(
        images=dict(
            FRONT=dict(lidar2cam=np.eye(4), cam2img=np.eye(3), cam2ego=1),
            BACK=dict(lidar2cam=turned.tolist(), cam2img=np.eye(3),
                      lidar2img=1)))  # yapf: disable


def test_every_camera_turns_about_its_centre(results):
    before = copy.deepcopy(results)
    moved = TurnCalibration(0.5).transform(dict(results))['images']
    axes = []
    for name, camera in moved.items():
        turn = camera['lidar2cam'] @ np.linalg.inv(
            before['images'][name]['lidar2cam'])
        np.testing.assert_allclose(turn[:3, 3], 0, atol=1e-12)
        angle = np.degrees(np.arccos((np.trace(turn[:3, :3]) - 1) / 2))
        assert angle == pytest.approx(0.5)
        np.testing.assert_allclose(
            turn[:3, :3] @ turn[:3, :3].T, np.eye(3), atol=1e-12)
        axes.append(turn[2, 1])
        assert set(camera) == {'lidar2cam', 'cam2img'}
    assert axes[0] != axes[1]
    # What was read is not changed, and every keyframe is turned alike.
    assert 'cam2ego' in results['images']['FRONT']
    again = TurnCalibration(0.5).transform(dict(results))['images']
    for name in moved:
        assert np.array_equal(moved[name]['lidar2cam'],
                              again[name]['lidar2cam'])
    other = TurnCalibration(0.5, seed=1).transform(dict(results))['images']
    assert not np.allclose(
        other['FRONT']['lidar2cam'], moved['FRONT']['lidar2cam'], atol=1e-9)


def test_rotations_are_those_of_rodrigues():
    quarter = rotation(np.array([0., 0, 1]), np.pi / 2)
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_no_angle_changes_nothing(results):
    moved = TurnCalibration(0.).transform(dict(results))['images']
    assert np.array_equal(moved['FRONT']['lidar2cam'], np.eye(4))


@pytest.mark.parametrize('degrees', [-1, 180, float('nan')])
def test_wrong_angles_are_refused(degrees):
    with pytest.raises(BadInput, match='from 0 to less than 180'):
        TurnCalibration(degrees)
