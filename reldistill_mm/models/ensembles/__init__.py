from .best_of_two import BestOfTwo

__all__ = ['BestOfTwo']
