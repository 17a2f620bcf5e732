from .data_preprocessor import DistillDataPreprocessor
from .heads import DistillHead, PointProjector, ZeroShotHead
from .losses import ContrastiveLoss, RelationalLoss, SimilarityLoss
from .segmentors import RelationalDistiller, ZeroShotSegmentor
from .teachers import OpenCLIPTeacher

__all__ = [
    'ContrastiveLoss', 'DistillDataPreprocessor', 'DistillHead',
    'OpenCLIPTeacher', 'PointProjector', 'RelationalDistiller',
    'RelationalLoss', 'SimilarityLoss', 'ZeroShotHead', 'ZeroShotSegmentor'
]
