from .cached_pairs import LoadCachedPairs
from .check_columns import CheckPointColumns
from .folder_points import LoadFolderPoints
from .image_augment import RandomFlipCameras, ResizedCropCameras
from .lidar_points import LoadLidarPoints
from .load_superpixels import LoadSuperpixels
from .load_sweeps import LoadSweeps
from .loading import LoadCameraImages
from .match_intensity import MatchIntensity
from .pack import PackPairs
from .pair import PairPointsWithPixels
from .point_labels import LoadPointLabels
from .sample_cameras import SampleCameras
from .scale_intensity import ScaleIntensity
from .scan_labels import LoadScanLabels
from .scan_points import LoadScanPoints
from .set_intensity import SetIntensity
from .shift_height import ShiftHeight
from .slic import SlicSuperpixels
from .thin_points import ThinPoints
from .turn_calibration import TurnCalibration

__all__ = [
    'CheckPointColumns',
    'LoadCachedPairs',
    'LoadCameraImages',
    'LoadFolderPoints',
    'LoadLidarPoints',
    'LoadPointLabels',
    'LoadScanLabels',
    'LoadScanPoints',
    'LoadSuperpixels',
    'LoadSweeps',
    'MatchIntensity',
    'PackPairs',
    'PairPointsWithPixels',
    'RandomFlipCameras',
    'ResizedCropCameras',
    'SampleCameras',
    'ScaleIntensity',
    'SetIntensity',
    'ShiftHeight',
    'SlicSuperpixels',
    'ThinPoints',
    'TurnCalibration',
]
