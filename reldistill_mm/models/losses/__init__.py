from .base import DistillLoss, PairContext
from .cell_consistency import CellConsistencyLoss
from .contrastive import ContrastiveLoss
from .relational import RelationalLoss
from .similarity import SimilarityLoss
from .text_guided import TextGuidedLoss
from .tolerant import TolerantContrastiveLoss

__all__ = [
    'CellConsistencyLoss', 'ContrastiveLoss', 'DistillLoss', 'PairContext',
    'RelationalLoss', 'SimilarityLoss', 'TextGuidedLoss',
    'TolerantContrastiveLoss'
]
