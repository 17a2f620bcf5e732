from .base import FrozenTeacher, TextTeacher
from .build_teacher import build_teacher, teacher_class
from .open_clip_teacher import OpenCLIPTeacher

__all__ = [
    'FrozenTeacher', 'OpenCLIPTeacher', 'TextTeacher', 'build_teacher',
    'teacher_class'
]
