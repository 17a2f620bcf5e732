"""Where a recording's vehicle was, at any time of it."""
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ...errors import BadInput
from .listing import as_float, read_rows

NAME = 'poses.txt'
_FORMAT = ('each line is the name of a cloud or a time, and 7 numbers (x y z '
           'qx qy qz qw) or 12 (the rows of a matrix 3 x 4)')


class Trajectory:
    """Poses at times, and between them at a constant velocity.

    Args:
        times (np.ndarray): (P,) seconds, in order.
        poses (np.ndarray): (P, 4, 4) to a frame that does not move, metres.
        reach (float): Seconds beyond the ends that are still answered.
    """

    def __init__(self, times: np.ndarray, poses: np.ndarray,
                 reach: float) -> None:
        self.times, self.poses, self.reach = times, poses, reach

    @property
    def upside_down(self) -> float:
        """Share of the poses whose z axis points down."""
        return float((self.poses[:, 2, 2] < 0).mean())

    def at(self, time: float) -> np.ndarray:
        """Pose (4, 4) at a time in seconds.

        Raises:
            BadInput: It lies outside of the poses' times.
        """
        if not (self.times[0] - self.reach <= time <=
                self.times[-1] + self.reach):
            raise BadInput(f'has no pose at {time:.3f} s; its times are '
                           f'{self.times[0]:.3f} to {self.times[-1]:.3f} s')
        if len(self.times) == 1:
            return self.poses[0]
        right = int(
            np.clip(np.searchsorted(self.times, time), 1,
                    len(self.times) - 1))
        before, after = self.poses[right - 1], self.poses[right]
        span = self.times[right] - self.times[right - 1]
        share = (time - self.times[right - 1]) / span
        turn = Rotation.from_matrix(before[:3, :3].T @ after[:3, :3])
        pose = np.eye(4)
        pose[:3, :3] = before[:3, :3] @ Rotation.from_rotvec(
            share * turn.as_rotvec()).as_matrix()
        pose[:3, 3] = before[:3, 3] + share * (after[:3, 3] - before[:3, 3])
        return pose


def read_poses(path: Path, times: Mapping[str, float],
               reach: float) -> Trajectory:
    """Read ``poses.txt``.

    Args:
        path (Path): Text; TUM's format with times, or names in their place.
        times (Mapping[str, float]): Cloud to its seconds.
        reach (float): See :class:`Trajectory`.

    Returns:
        Trajectory: The poses in the order of time.

    Raises:
        BadInput: A line that is none, or a name that is no cloud's.
    """
    found: dict[float, np.ndarray] = {}
    for number, (name, *words) in read_rows(path):
        where = f"'{path}', line {number}"
        if len(words) not in (7, 12):
            raise BadInput(f'{where} has {len(words)} numbers: {_FORMAT}.')
        values = np.array([as_float(word, where) for word in words])
        time = times[name] if name in times else as_float(name, where)
        if time in found:
            raise BadInput(f'{where}: there is a pose for {name} already.')
        found[time] = _pose(values, where)
    if not found:
        raise BadInput(f"'{path}' has no pose: {_FORMAT}; or remove it.")
    order = sorted(found)
    return Trajectory(
        np.array(order), np.stack([found[t] for t in order]), reach)


def _pose(values: np.ndarray, where: str) -> np.ndarray:
    pose = np.eye(4)
    if len(values) == 12:
        pose[:3] = values.reshape(3, 4)
        turn = pose[:3, :3]
        if (np.abs(turn @ turn.T - np.eye(3)).max() > 0.01
                or np.linalg.det(turn) < 0):
            raise BadInput(f'{where} is not a rotation with a translation: '
                           f'{_FORMAT}.')
        return pose
    length = np.linalg.norm(values[3:])
    if abs(length - 1) > 0.01:
        raise BadInput(f'{where} has a quaternion of length {length:.3g}, '
                       'which is 1 for a rotation (x y z qx qy qz qw).')
    pose[:3, :3] = Rotation.from_quat(values[3:]).as_matrix()
    pose[:3, 3] = values[:3]
    return pose
