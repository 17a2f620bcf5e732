from .base import PairSampler
from .random_pairs import RandomPairs
from .superpixel_pool import SuperpixelPool

__all__ = ['PairSampler', 'RandomPairs', 'SuperpixelPool']
