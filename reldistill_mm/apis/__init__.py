"""What the tools do, for programs."""
from .distillation_config import distillation_config
from .export_zero_shot import export_zero_shot, light_config, plain_pipeline
from .judge_teacher import judge_teacher
from .load_segmentor import load_segmentor
from .segment_file import segment_file
from .segment_scan import ScanFeatures, scan_features
from .teacher_at_pairs import evaluate_teacher, teacher_labels
from .words import class_colours, embed_words, word_head
from .write_scan import write_heat_map, write_segmentation

__all__ = [
    'ScanFeatures', 'class_colours', 'distillation_config', 'embed_words',
    'evaluate_teacher', 'teacher_labels', 'export_zero_shot', 'judge_teacher',
    'light_config', 'load_segmentor', 'plain_pipeline', 'scan_features',
    'segment_file', 'word_head', 'write_heat_map', 'write_segmentation'
]
