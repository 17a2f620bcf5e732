from .point_seg_metric import PointSegMetric

__all__ = ['PointSegMetric']
