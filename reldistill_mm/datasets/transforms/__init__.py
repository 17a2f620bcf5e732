from .cached_pairs import LoadCachedPairs
from .check_columns import CheckPointColumns
from .folder_points import LoadFolderPoints
from .image_augment import RandomFlipCameras, ResizedCropCameras
from .load_superpixels import LoadSuperpixels
from .loading import LoadCameraImages, LoadLidarPoints, LoadPointLabels
from .pack import PackPairs
from .pair import PairPointsWithPixels
from .sample_cameras import SampleCameras
from .scale_intensity import ScaleIntensity
from .slic import SlicSuperpixels

__all__ = [
    'CheckPointColumns', 'LoadCachedPairs', 'LoadCameraImages',
    'LoadFolderPoints', 'LoadLidarPoints', 'LoadPointLabels',
    'LoadSuperpixels', 'PackPairs', 'PairPointsWithPixels',
    'RandomFlipCameras', 'ResizedCropCameras', 'SampleCameras',
    'ScaleIntensity', 'SlicSuperpixels'
]
