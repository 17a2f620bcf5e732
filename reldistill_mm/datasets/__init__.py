from . import transforms
from .nuscenes_lidarseg import NuScenesLidarSegDataset

__all__ = ['NuScenesLidarSegDataset', 'transforms']
