from . import transforms
from .nuscenes_lidarseg import NuScenesLidarSegDataset
from .semantickitti_camera import SemanticKittiCameraDataset

__all__ = [
    'NuScenesLidarSegDataset', 'SemanticKittiCameraDataset', 'transforms'
]
