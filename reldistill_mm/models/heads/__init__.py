from .distill_head import DistillHead
from .projector import PointProjector
from .zero_shot_head import ZeroShotHead

__all__ = ['DistillHead', 'PointProjector', 'ZeroShotHead']
