from .check_classes import CheckClassesHook

__all__ = ['CheckClassesHook']
