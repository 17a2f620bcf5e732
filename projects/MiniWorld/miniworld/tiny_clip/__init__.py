"""The tiny CLIP: an open_clip model of MiniWorld's own pictures and words.

A ModifiedResNet and a small text transformer, trained from nothing by
``tools/train_tiny_clip.py`` with image-text contrast on pictures of other
worlds than those that it is used on. The trained model is shipped beside this
file.

Example:
    >>> from reldistill_mm import tiny_clip_model
    >>> from reldistill_mm.models import OpenCLIPTeacher
    >>> teacher = OpenCLIPTeacher(tiny_clip_model())  # doctest: +SKIP
"""
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / 'model'
IMAGE_SIZE = (512, 896)
"""Height and width that a picture of MiniWorld (252 x 448) is resized to
before the dense path."""
STRIDE = 16
"""Stride of the dense path: a cell of its map is 8 pixels of the picture wide.
With the tower's own stride it would be 16, wider than people and cones."""

__all__ = ['FOLDER', 'IMAGE_SIZE', 'STRIDE']
