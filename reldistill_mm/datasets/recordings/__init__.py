"""Recordings in folders of clouds and images, with one calibration file."""
from .convert_folder import Recording, convert_folder
from .convert_kitti_raw import convert_kitti_raw
from .rig_file import Rig, read_rig

__all__ = [
    'Recording', 'Rig', 'convert_folder', 'convert_kitti_raw', 'read_rig'
]
