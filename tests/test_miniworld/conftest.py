"""Small worlds that the tests of this folder share."""
from pathlib import Path

import pytest

from miniworld import ensure_miniworld

SMALL = dict(
    scenes=(1, 1), keyframes=2, image_size=(256, 144), azimuth_steps=362)
SMALL_OTHER = dict(
    scenes=(2, 1), keyframes=2, image_size=(248, 75), azimuth_steps=240)


@pytest.fixture(scope='session')
def small_world(tmp_path_factory) -> Path:
    """A world in nuScenes' format; not to be changed."""
    root = tmp_path_factory.mktemp('miniworld') / 'nuscenes'
    return ensure_miniworld(root, quiet=True, **SMALL)


@pytest.fixture(scope='session')
def other_world(tmp_path_factory) -> Path:
    """A world in SemanticKITTI's format; not to be changed."""
    root = tmp_path_factory.mktemp('miniworld') / 'other'
    return ensure_miniworld(root, town='other', quiet=True, **SMALL_OTHER)
