"""Hold the edges of a keyframe's cloud against those of its images."""
from collections.abc import Mapping

import numpy as np

from ..datasets.transforms.calibration import camera_lenses, camera_matrices
from ..functional.edge_agreement import camera_projector
from ..functional.edge_verdict import CameraEdges, measure_edges


def measure_cameras(results: Mapping) -> dict[str, CameraEdges]:
    """Measure every camera of a keyframe that has been paired.

    Args:
        results (Mapping): What a pipeline holds after its pairing and before
            any augmentation: points, images, camera_imgs, img_shapes.

    Returns:
        dict[str, CameraEdges]: Camera to its edges.
    """
    cameras, sizes = results['images'], results['img_shapes']
    lidar2cams, cam2imgs = camera_matrices(cameras, sizes, check_centre=False)
    lenses = camera_lenses(cameras, cam2imgs, sizes)
    points = results['points'].tensor.numpy()
    # Index and tag of the pairing are the last two columns.
    intensity = points[:, 3] if points.shape[1] > 5 else None
    return {
        name:
        measure_edges(points[:, :3], intensity, lidar2cam,
                      camera_projector(cam2img, tuple(size), lens),
                      np.asarray(image))
        for name, lidar2cam, cam2img, size, lens, image in zip(
            cameras, lidar2cams, cam2imgs, sizes, lenses,
            results['camera_imgs'])
    }
