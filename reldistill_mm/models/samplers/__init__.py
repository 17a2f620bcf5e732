from .base import PairSampler
from .random_pairs import RandomPairs

__all__ = ['PairSampler', 'RandomPairs']
