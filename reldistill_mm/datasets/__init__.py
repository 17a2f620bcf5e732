from . import transforms
from .camera_lidar import CameraLidarDataset
from .layouts import LAYOUTS
from .lidarseg_folder import LidarSegFolderDataset
from .nuscenes_lidarseg import NuScenesLidarSegDataset
from .semantickitti_camera import SemanticKittiCameraDataset
from .unlabelled_scans import UnlabelledScanDataset

__all__ = [
    'CameraLidarDataset', 'LAYOUTS', 'LidarSegFolderDataset',
    'NuScenesLidarSegDataset', 'SemanticKittiCameraDataset',
    'UnlabelledScanDataset', 'transforms'
]
