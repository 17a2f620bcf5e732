"""The tree of frames that tf and tf_static describe."""
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ....errors import BadInput


def pose_of(translation: Any, rotation: Any) -> np.ndarray:
    """(4, 4) float64 of a message's vector and quaternion."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_quat(
        [rotation.x, rotation.y, rotation.z, rotation.w]).as_matrix()
    matrix[:3, 3] = translation.x, translation.y, translation.z
    return matrix


class FrameTree:
    """Frames and their places in one another.

    The first transform of each pair counts: what is mounted does not move.
    """

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, np.ndarray]] = {}

    def add(self, message: Any) -> None:
        """Add the transforms of a TFMessage."""
        for each in message.transforms:
            child = each.child_frame_id.lstrip('/')
            if child not in self._parents:
                self._parents[child] = (each.header.frame_id.lstrip('/'),
                                        pose_of(each.transform.translation,
                                                each.transform.rotation))

    def between(self, start: str, end: str) -> np.ndarray | None:
        """Transform (4, 4) of points from one frame to another.

        Args:
            start (str): Frame in which the points are.
            end (str): Frame in which they are wanted.

        Returns:
            np.ndarray | None: None where the tree does not join them.

        Raises:
            BadInput: The frames form a circle.
        """
        start, end = start.lstrip('/'), end.lstrip('/')
        first, second = self._to_roots(start), self._to_roots(end)
        shared = [frame for frame in first if frame in second]
        if not shared:
            return None
        return np.linalg.inv(second[shared[0]]) @ first[shared[0]]

    def _to_roots(self, frame: str) -> dict[str, np.ndarray]:
        """Each ancestor, nearest first, with the transform to it."""
        found = {frame: np.eye(4)}
        while frame in self._parents:
            parent, pose = self._parents[frame]
            if parent in found:
                raise BadInput(f"tf has a circle of frames at '{parent}'")
            found[parent] = pose @ found[frame]
            frame = parent
        return found
