from .point_seg_metric import PointSegMetric
from .teacher_at_pairs import evaluate_teacher, teacher_labels

__all__ = ['PointSegMetric', 'evaluate_teacher', 'teacher_labels']
