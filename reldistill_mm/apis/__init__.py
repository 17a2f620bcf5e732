"""What the tools do, for programs."""
from ..compat.quick_imports import quick_imports

with quick_imports():
    from .browse_pairs import browse_pairs
    from .cache_teacher import cache_teacher
    from .compare_data import compare_data
    from .distillation_config import distillation_config
    from .evaluate_teacher import evaluate_teacher, evaluate_teachers
    from .explore import Explored, explore, write_explorer
    from .export_zero_shot import (export_config, export_zero_shot,
                                   points_only_pipeline)
    from .load_segmentor import load_segmentor
    from .make_superpixels import make_superpixels
    from .prepare_recording import check_recording, prepare_recording
    from .segment_file import segment_file
    from .segment_scan import ScanFeatures, scan_features
    from .serve_explorer import serve_explorer
    from .teacher_at_pairs import judge_teacher, teacher_labels
    from .teacher_table import teacher_table
    from .word_table import word_table
    from .words import class_colours, embed_words, text_teacher, word_head
    from .write_scan import write_heat_map, write_segmentation

__all__ = [
    'Explored', 'ScanFeatures', 'browse_pairs', 'cache_teacher',
    'check_recording', 'class_colours', 'compare_data', 'distillation_config',
    'embed_words', 'evaluate_teacher', 'evaluate_teachers', 'explore',
    'export_config', 'export_zero_shot', 'judge_teacher', 'load_segmentor',
    'make_superpixels', 'points_only_pipeline', 'prepare_recording',
    'scan_features', 'segment_file', 'serve_explorer', 'teacher_labels',
    'teacher_table', 'text_teacher', 'word_head', 'word_table',
    'write_explorer', 'write_heat_map', 'write_segmentation'
]
