"""Recordings in folders of clouds and images, with one calibration file."""
from .convert_folder import convert_folder
from .rig_file import Rig, read_rig

__all__ = ['Rig', 'convert_folder', 'read_rig']
