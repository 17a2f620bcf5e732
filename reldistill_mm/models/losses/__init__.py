from .base import DistillLoss
from .contrastive import ContrastiveLoss
from .relational import RelationalLoss
from .similarity import SimilarityLoss

__all__ = [
    'ContrastiveLoss', 'DistillLoss', 'RelationalLoss', 'SimilarityLoss'
]
