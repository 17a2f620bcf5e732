from .linear_probe import LinearProbeMinkUNet
from .relational_distiller import RelationalDistiller
from .zero_shot_segmentor import ZeroShotSegmentor

__all__ = ['LinearProbeMinkUNet', 'RelationalDistiller', 'ZeroShotSegmentor']
