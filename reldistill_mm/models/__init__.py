from .data_preprocessor import DistillDataPreprocessor
from .heads import (DistillHead, LovaszMinkUNetHead, PointProjector,
                    ZeroShotHead)
from .initializers import DistilledBackbone
from .losses import ContrastiveLoss, RelationalLoss, SimilarityLoss
from .segmentors import (LinearProbeMinkUNet, RelationalDistiller,
                         ZeroShotSegmentor)
from .teachers import OpenCLIPTeacher

__all__ = [
    'ContrastiveLoss', 'DistillDataPreprocessor', 'DistillHead',
    'DistilledBackbone', 'LinearProbeMinkUNet', 'LovaszMinkUNetHead',
    'OpenCLIPTeacher', 'PointProjector', 'RelationalDistiller',
    'RelationalLoss', 'SimilarityLoss', 'ZeroShotHead', 'ZeroShotSegmentor'
]
