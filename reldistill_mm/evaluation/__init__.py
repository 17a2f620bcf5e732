from .point_seg_metric import PointSegMetric
from .structure_metric import StructureMetric

__all__ = ['PointSegMetric', 'StructureMetric']
