"""MiniWorld: a small procedural driving world.

It is written in nuScenes' and SemanticKITTI's formats, so that all that reads
them reads it, and takes less than a minute to make.

Example:
    >>> from miniworld import ensure_miniworld
    >>> root = ensure_miniworld('data/miniworld')  # doctest: +SKIP
"""
from .builder import (DEFAULTS, GENERATOR_VERSION, LARGE, ensure_miniworld,
                      generate)
from .classes import (KITTI_MOVING_TO_STILL, NUSCENES_16, NUSCENES_NAMES,
                      SURFACE_NAMES, TO_KITTI, TO_KITTI_MOVING, TO_NUSCENES,
                      nuscenes_to_16)
from .render import Scan, Shot, take_scan, take_shot
from .scene import Keyframe, Rig, SceneJob, keyframe, scene_world
from .shadows import ShadowMap
from .town import build_world
from .world import World

__all__ = [
    'DEFAULTS', 'GENERATOR_VERSION', 'KITTI_MOVING_TO_STILL', 'Keyframe',
    'LARGE', 'NUSCENES_16', 'NUSCENES_NAMES', 'Rig', 'SURFACE_NAMES', 'Scan',
    'SceneJob', 'ShadowMap', 'Shot', 'TO_KITTI', 'TO_KITTI_MOVING',
    'TO_NUSCENES', 'World', 'build_world', 'ensure_miniworld', 'generate',
    'keyframe', 'nuscenes_to_16', 'scene_world', 'take_scan', 'take_shot'
]
