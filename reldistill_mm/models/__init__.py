from .batch_pairs import BatchPairs
from .data_preprocessor import DistillDataPreprocessor
from .ensembles import BestOfTwo
from .heads import (DistillHead, LovaszMinkUNetHead, PointProjector,
                    ZeroShotHead)
from .initializers import DistilledBackbone
from .losses import (ContrastiveLoss, DistillLoss, RelationalLoss,
                     SimilarityLoss)
from .samplers import PairSampler, RandomPairs
from .segmentors import (LinearProbeMinkUNet, RelationalDistiller,
                         ZeroShotSegmentor)
from .teachers import (FileTeacher, FrozenTeacher, OpenCLIPTeacher,
                       TextTeacher, TimmTeacher)

__all__ = [
    'BatchPairs', 'BestOfTwo', 'ContrastiveLoss', 'DistillDataPreprocessor',
    'DistillHead', 'DistillLoss', 'DistilledBackbone', 'FileTeacher',
    'FrozenTeacher', 'LinearProbeMinkUNet', 'LovaszMinkUNetHead',
    'OpenCLIPTeacher', 'PairSampler', 'PointProjector', 'RandomPairs',
    'RelationalDistiller', 'RelationalLoss', 'SimilarityLoss', 'TextTeacher',
    'TimmTeacher', 'ZeroShotHead', 'ZeroShotSegmentor'
]
