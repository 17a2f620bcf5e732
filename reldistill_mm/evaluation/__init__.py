from .point_seg_metric import PointSegMetric
from .structure_metric import StructureMetric
from .teacher_at_pairs import evaluate_teacher, teacher_labels

__all__ = [
    'PointSegMetric', 'StructureMetric', 'evaluate_teacher', 'teacher_labels'
]
