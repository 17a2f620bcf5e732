from .base import PairSampler
from .even_over_clusters import EvenOverClusters
from .even_over_distance import EvenOverDistance
from .even_over_voxels import EvenOverVoxels
from .even_pairs import EvenPairs
from .random_pairs import RandomPairs
from .superpixel_pool import SuperpixelPool

__all__ = [
    'EvenOverClusters', 'EvenOverDistance', 'EvenOverVoxels', 'EvenPairs',
    'PairSampler', 'RandomPairs', 'SuperpixelPool'
]
