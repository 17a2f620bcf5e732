from . import transforms
from .layouts import LAYOUTS
from .lidarseg_folder import LidarSegFolderDataset
from .nuscenes_lidarseg import NuScenesLidarSegDataset
from .semantickitti_camera import SemanticKittiCameraDataset

__all__ = [
    'LAYOUTS', 'LidarSegFolderDataset', 'NuScenesLidarSegDataset',
    'SemanticKittiCameraDataset', 'transforms'
]
