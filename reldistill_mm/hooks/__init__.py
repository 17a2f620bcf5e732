from .check_classes import CheckClassesHook
from .structure_hook import StructureHook

__all__ = ['CheckClassesHook', 'StructureHook']
