from .data_preprocessor import DistillDataPreprocessor
from .heads import (DistillHead, LovaszMinkUNetHead, PointProjector,
                    ZeroShotHead)
from .initializers import DistilledBackbone
from .losses import ContrastiveLoss, RelationalLoss, SimilarityLoss
from .segmentors import (LinearProbeMinkUNet, RelationalDistiller,
                         ZeroShotSegmentor)
from .teachers import FrozenTeacher, OpenCLIPTeacher, TextTeacher

__all__ = [
    'ContrastiveLoss', 'DistillDataPreprocessor', 'DistillHead',
    'DistilledBackbone', 'FrozenTeacher', 'LinearProbeMinkUNet',
    'LovaszMinkUNetHead', 'OpenCLIPTeacher', 'PointProjector',
    'RelationalDistiller', 'RelationalLoss', 'SimilarityLoss', 'TextTeacher',
    'ZeroShotHead', 'ZeroShotSegmentor'
]
