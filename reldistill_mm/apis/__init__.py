"""What the tools do, for programs."""
from .browse_pairs import browse_pairs
from .cache_teacher import cache_teacher
from .compare_data import compare_data
from .distillation_config import distillation_config
from .evaluate_teacher import evaluate_teacher, evaluate_teachers
from .export_zero_shot import (export_config, export_zero_shot,
                               points_only_pipeline)
from .load_segmentor import load_segmentor
from .make_superpixels import make_superpixels
from .prepare_recording import check_recording, prepare_recording
from .segment_file import segment_file
from .segment_scan import ScanFeatures, scan_features
from .teacher_at_pairs import judge_teacher, teacher_labels
from .teacher_table import teacher_table
from .words import class_colours, embed_words, word_head
from .write_scan import write_heat_map, write_segmentation

__all__ = [
    'ScanFeatures', 'browse_pairs', 'cache_teacher', 'check_recording',
    'class_colours', 'compare_data', 'distillation_config', 'embed_words',
    'evaluate_teacher', 'evaluate_teachers', 'export_config',
    'export_zero_shot', 'judge_teacher', 'load_segmentor', 'make_superpixels',
    'points_only_pipeline', 'prepare_recording', 'scan_features',
    'segment_file', 'teacher_labels', 'teacher_table', 'word_head',
    'write_heat_map', 'write_segmentation'
]
