"""Compare pairing with nuscenes-devkit's chain of frames per camera."""
from typing import Any

import numpy as np

from reldistill_mm.functional import PointPixelPairs, pair_points_with_pixels
from .keyframe import Camera, Keyframe, load_keyframe
from .measure import OTHER, OURS, Settings, Work, compare

OTHER_WAY = "the devkit's chain of frames, camera by camera"
GOAL = 'ratio at least 6, at most 10 ms'


def run(settings: Settings) -> list[dict[str, Any]]:
    """Pair all cameras of the keyframe."""
    frame = load_keyframe(settings.data)
    case = (f'{frame.name}, {len(frame.cameras)} cameras, '
            f'{len(frame.points)} points')
    return [
        dict(
            case=case,
            other_way=OTHER_WAY,
            goal=GOAL,
            **compare(prepare, (settings.data, ), settings))
    ]


def prepare(data: str, device: str) -> dict[str, Work]:
    """Prepare both ways, in NumPy whatever the device."""
    return implementations(load_keyframe(data))


def implementations(frame: Keyframe) -> dict[str, Work]:
    """Return both ways on a keyframe."""
    cameras = frame.cameras
    xyz = frame.points[:, :3]
    matrices = [camera.lidar2cam for camera in cameras]
    intrinsics = [camera.cam2img for camera in cameras]
    sizes = [(camera.height, camera.width) for camera in cameras]

    def ours() -> PointPixelPairs:
        return pair_points_with_pixels(xyz, matrices, intrinsics, sizes)

    def other() -> list[tuple[np.ndarray, ...]]:
        return [frame_by_frame(frame, camera) for camera in cameras]

    return {OURS: ours, OTHER: other}


def frame_by_frame(frame: Keyframe, camera: Camera) -> tuple[np.ndarray, ...]:
    """Compute index, uv and depth of the points that one camera sees.

    LiDAR to the vehicle, to the world, to the vehicle when the camera fired,
    to the camera, to the image: every point through every frame, in float32
    as the devkit keeps its clouds.
    """
    xyz = frame.points[:, :3].T.copy()
    # 1. and 2. Forwards through two frames.
    for pose in (frame.lidar2ego, frame.ego2global):
        xyz = (pose[:3, :3] @ xyz + pose[:3, 3:]).astype(np.float32)
    # 3. and 4. Backwards through two others.
    for pose in (camera.ego2global, camera.cam2ego):
        xyz = (pose[:3, :3].T @ (xyz - pose[:3, 3:])).astype(np.float32)
    depth = xyz[2]
    # 5. Homogeneous projection of all points.
    intrinsics = np.eye(4)
    intrinsics[:3, :3] = camera.cam2img
    image = intrinsics @ np.concatenate([xyz, np.ones((1, xyz.shape[1]))])
    with np.errstate(divide='ignore', invalid='ignore'):
        uv = image[:2] / image[2]
    seen = depth > 1
    seen &= (uv[0] > 0) & (uv[0] < camera.width - 1)
    seen &= (uv[1] > 0) & (uv[1] < camera.height - 1)
    return np.flatnonzero(seen), uv[:, seen].T, depth[seen]
