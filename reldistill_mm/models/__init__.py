from .batch_pairs import BatchPairs
from .data_preprocessor import DistillDataPreprocessor
from .ensembles import BestOfTwo
from .heads import (DistillHead, LovaszMinkUNetHead, PointProjector,
                    ZeroShotHead)
from .initializers import DistilledBackbone
from .losses import (CellConsistencyLoss, ContrastiveLoss, DistillLoss,
                     PairContext, RelationalLoss, SimilarityLoss,
                     TextGuidedLoss, TolerantContrastiveLoss)
from .samplers import (EvenOverClusters, EvenOverDistance, EvenOverVoxels,
                       EvenPairs, PairSampler, RandomPairs, SuperpixelPool)
from .segmentors import (LinearProbeMinkUNet, RelationalDistiller,
                         ZeroShotSegmentor)
from .students import VoxelStudent
from .teachers import (FileTeacher, FrozenTeacher, OpenCLIPTeacher,
                       TextTeacher, TimmTeacher)

__all__ = [
    'BatchPairs', 'BestOfTwo', 'CellConsistencyLoss', 'ContrastiveLoss',
    'DistillDataPreprocessor', 'DistilledBackbone', 'DistillHead',
    'DistillLoss', 'EvenOverClusters', 'EvenOverDistance', 'EvenOverVoxels',
    'EvenPairs', 'FileTeacher', 'FrozenTeacher', 'LinearProbeMinkUNet',
    'LovaszMinkUNetHead', 'OpenCLIPTeacher', 'PairContext', 'PairSampler',
    'PointProjector', 'RandomPairs', 'RelationalDistiller', 'RelationalLoss',
    'SimilarityLoss', 'SuperpixelPool', 'TextGuidedLoss', 'TextTeacher',
    'TimmTeacher', 'TolerantContrastiveLoss', 'VoxelStudent', 'ZeroShotHead',
    'ZeroShotSegmentor'
]
