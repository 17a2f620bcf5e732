"""Tables of the datasets that :class:`LidarSegFolderDataset` reads."""
from . import (daps3d, rellis3d, scribblekitti, semantickitti, semanticposs,
               semanticstf, synlidar, synth4d, waymo)
from .layout import Layout, ScanFiles, find_scans

LAYOUTS: dict[str, Layout] = dict(
    daps3d=daps3d.LAYOUT,
    rellis3d=rellis3d.LAYOUT,
    scribblekitti=scribblekitti.LAYOUT,
    semantickitti=semantickitti.LAYOUT,
    semanticposs=semanticposs.LAYOUT,
    semanticstf=semanticstf.LAYOUT,
    synlidar=synlidar.LAYOUT,
    synth4d_kitti=synth4d.LAYOUT_KITTI,
    synth4d_nuscenes=synth4d.LAYOUT_NUSCENES,
    waymo=waymo.LAYOUT)

__all__ = ['LAYOUTS', 'Layout', 'ScanFiles', 'find_scans']
