from .batch_pairs import BatchPairs
from .data_preprocessor import DistillDataPreprocessor
from .heads import (DistillHead, LovaszMinkUNetHead, PointProjector,
                    ZeroShotHead)
from .initializers import DistilledBackbone
from .losses import (ContrastiveLoss, DistillLoss, RelationalLoss,
                     SimilarityLoss, TolerantContrastiveLoss)
from .samplers import PairSampler, RandomPairs, SuperpixelPool
from .segmentors import (LinearProbeMinkUNet, RelationalDistiller,
                         ZeroShotSegmentor)
from .teachers import FrozenTeacher, OpenCLIPTeacher, TextTeacher

__all__ = [
    'BatchPairs', 'ContrastiveLoss', 'DistillDataPreprocessor', 'DistillHead',
    'DistillLoss', 'DistilledBackbone', 'FrozenTeacher', 'LinearProbeMinkUNet',
    'LovaszMinkUNetHead', 'OpenCLIPTeacher', 'PairSampler', 'PointProjector',
    'RandomPairs', 'RelationalDistiller', 'RelationalLoss', 'SimilarityLoss',
    'SuperpixelPool', 'TextTeacher', 'TolerantContrastiveLoss', 'ZeroShotHead',
    'ZeroShotSegmentor'
]
