"""Load the sweeps between keyframes, each as a cloud of its own."""
import numpy as np
import torch
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from .lidar_points import LoadLidarPoints
from .moved import SWEPT


@TRANSFORMS.register_module()
class LoadSweeps(LoadLidarPoints):
    """Add the points of other sweeps, in the keyframe's LiDAR frame.

    Comes right after :class:`LoadLidarPoints` and before the pairing, so that
    their points are paired with the keyframe's images, too (what has moved in
    between is then paired wrongly). :class:`DistillDataPreprocessor`
    voxelises each sweep by itself: the student sees single sweeps, as it does
    at test time. mmdet3d's ``LoadPointsFromMultiSweeps`` makes one denser
    cloud instead.

    Required Keys:

    - points (:obj:`LiDARPoints`)
    - lidar_sweeps (list[dict]), of a dataset with ``load_sweeps=True``: each
      with ``lidar_points``, which has ``lidar_path`` and ``lidar2sensor``
      (4, 4) from the keyframe's LiDAR frame to the sweep's.

    Modified Keys:

    - points (:obj:`LiDARPoints`)

    Added Keys:

    - sweep (np.ndarray): (N,) int64, 0 for the keyframe's points.

    Args:
        count (int): Sweeps to draw from those of a keyframe; all if it has
            fewer. Defaults to 2, with the keyframe the three of CLIP2Scene
            (Chen et al., CVPR 2023).
        among (int, optional): Draw from so many of the latest. Defaults to
            None, from all that the info lists (ten, by our converter).
        near (float): Half the edge in metres of the square around a sweep's
            sensor whose points, the car itself, are left out. Defaults to 1.
        kwargs: Arguments of :class:`LoadLidarPoints`, best the same.

    Raises:
        BadInput: The keyframe comes without sweeps, or one without its pose;
            its points have labels; see also :class:`LoadLidarPoints`.
        MissingInput: A sweep's file does not exist.
    """
    random = True

    def __init__(self,
                 count: int = 2,
                 among: int | None = None,
                 near: float = 1.0,
                 **kwargs) -> None:
        super().__init__(**kwargs)
        if count < 1 or near < 0:
            raise BadInput(f'LoadSweeps needs a positive count and a near '
                           f'that is not negative, got {count} and {near}.')
        if among is not None and among < count:
            raise BadInput(f'LoadSweeps cannot draw {count} sweeps from '
                           f'among={among} of them: raise among, or lower '
                           'count.')
        self.count = count
        self.among = among
        self.near = near

    def transform(self, results: dict) -> dict:
        """Append the points of some sweeps."""
        path = results['lidar_points']['lidar_path']
        if 'lidar_sweeps' not in results:
            raise BadInput(
                f"LoadSweeps finds no sweeps of '{path}': set load_sweeps="
                'True of the dataset (NuScenesLidarSegDataset), or leave '
                'LoadSweeps out.')
        if 'pairs' in results:
            raise BadInput('LoadSweeps comes after the pairing: put it right '
                           'after LoadLidarPoints.')
        if 'pts_semantic_mask' in results:
            raise BadInput(f"The points of '{path}' have labels, which those "
                           'of other sweeps have not: leave out LoadSweeps '
                           'or the labels.')
        # The latest come first.
        sweeps = results['lidar_sweeps'][:self.among]
        points = results['points']
        chosen = np.sort(np.random.permutation(len(sweeps))[:self.count])
        clouds = [points.tensor]
        clouds += [self._load_sweep(sweeps[index], path) for index in chosen]
        results['points'] = type(points)(
            torch.cat(clouds),
            points_dim=points.tensor.shape[1],
            attribute_dims=points.attribute_dims)
        results['sweep'] = np.repeat(
            np.arange(len(clouds)), [len(cloud) for cloud in clouds])
        results[SWEPT] = results['points'].tensor[:, :3].clone()
        return results

    def _load_sweep(self, sweep: dict, path: str) -> torch.Tensor:
        """Load a sweep (M, C) in the keyframe's frame."""
        where = sweep['lidar_points']
        if where.get('lidar2sensor') is None:
            raise BadInput(
                f"The sweep '{where['lidar_path']}' of '{path}' has no "
                'lidar2sensor: convert the data again (tools/create_data.py).')
        cloud = self._load_points(where['lidar_path'])[:, self.use_dim]
        far = (np.abs(cloud[:, :2]) >= self.near).any(1)
        cloud = cloud[far].copy()
        to_keyframe = np.linalg.inv(np.array(where['lidar2sensor'], float))
        cloud[:, :3] = (
            cloud[:, :3] @ to_keyframe[:3, :3].T + to_keyframe[:3, 3])
        return torch.from_numpy(cloud)

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(count={self.count}, '
                f'among={self.among}, near={self.near})')
