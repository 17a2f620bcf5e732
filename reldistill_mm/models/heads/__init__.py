from .distill_head import DistillHead
from .lovasz_head import LovaszMinkUNetHead
from .projector import PointProjector
from .zero_shot_head import ZeroShotHead

__all__ = [
    'DistillHead', 'LovaszMinkUNetHead', 'PointProjector', 'ZeroShotHead'
]
