from .base import FrozenTeacher, TextTeacher
from .build_teacher import build_teacher, teacher_class
from .file_teacher import FileTeacher
from .open_clip_teacher import OpenCLIPTeacher
from .timm_teacher import TimmTeacher

__all__ = [
    'FileTeacher', 'FrozenTeacher', 'OpenCLIPTeacher', 'TextTeacher',
    'TimmTeacher', 'build_teacher', 'teacher_class'
]
