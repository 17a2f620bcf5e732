from .base import DistillLoss
from .contrastive import ContrastiveLoss
from .relational import RelationalLoss
from .similarity import SimilarityLoss
from .tolerant import TolerantContrastiveLoss

__all__ = [
    'ContrastiveLoss', 'DistillLoss', 'RelationalLoss', 'SimilarityLoss',
    'TolerantContrastiveLoss'
]
