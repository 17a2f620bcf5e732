"""Unpack recordings of ROS into folders."""
from .unpack_bag import unpack_bag

__all__ = ['unpack_bag']
