from . import transforms
from .layouts import LAYOUTS
from .lidarseg_folder import LidarSegFolderDataset
from .nuscenes_lidarseg import NuScenesLidarSegDataset
from .semantickitti_camera import SemanticKittiCameraDataset
from .unlabelled_scans import UnlabelledScanDataset

__all__ = [
    'LAYOUTS', 'LidarSegFolderDataset', 'NuScenesLidarSegDataset',
    'SemanticKittiCameraDataset', 'UnlabelledScanDataset', 'transforms'
]
