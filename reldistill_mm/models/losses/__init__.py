from .contrastive import ContrastiveLoss
from .relational import RelationalLoss
from .similarity import SimilarityLoss

__all__ = ['ContrastiveLoss', 'RelationalLoss', 'SimilarityLoss']
