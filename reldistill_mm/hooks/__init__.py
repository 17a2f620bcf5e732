from .check_classes import CheckClassesHook
from .check_image_size import CheckImageSizeHook
from .check_pairing import CheckPairingHook
from .check_teacher_cache import CheckTeacherCacheHook
from .distill_runner import DistillRunner
from .draw_segmentation import DrawSegmentationHook
from .linear_fit_loop import LinearFitLoop
from .prepare_model import PrepareModelHook
from .show_keyframe import ShowKeyframeHook
from .stop_when_flat import StopWhenFlat
from .structure_hook import StructureHook

__all__ = [
    'CheckClassesHook', 'CheckImageSizeHook', 'CheckPairingHook',
    'CheckTeacherCacheHook', 'DistillRunner', 'DrawSegmentationHook',
    'LinearFitLoop', 'PrepareModelHook', 'ShowKeyframeHook', 'StopWhenFlat',
    'StructureHook'
]
