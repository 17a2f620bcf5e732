"""Refuse to pair points or images that have been moved already."""
from collections.abc import Mapping

import numpy as np
import torch

from ...errors import BadInput

# The xyz of a cloud as it was read, which the loaders leave for the pairing.
LOADED = 'loaded_xyz'
# The xyz of a cloud as LoadSweeps left it: only its order says whose sweep a
# point is of.
SWEPT = 'swept_xyz'
# Set by our own transforms of images: what comes later and needs the images as
# they were stored finds them moved.
CAMERAS_MOVED = 'cameras_moved_by'
# What the transforms of mmdet3d, mmdet and mmcv leave in the results.
_TRACES = dict(
    transformation_3d_flow='RandomFlip3D or GlobalRotScaleTrans',
    pcd_rotation='GlobalRotScaleTrans',
    pcd_rotation_angle='GlobalRotScaleTrans',
    pcd_scale_factor='GlobalRotScaleTrans',
    pcd_trans='GlobalRotScaleTrans',
    pcd_horizontal_flip='RandomFlip3D',
    pcd_vertical_flip='RandomFlip3D',
    flip='RandomFlip3D or RandomFlip',
    img_crop_offset='RandomCrop3D',
    crop_size='RandomCrop3D',
    affine_aug='AffineResize or RandomShiftScale',
    trans_mat='AffineResize',
    scale_factor='Resize3D or another resize')
_REMEDY = ('put it after {pairing}, which needs points and images as the '
           'calibration knows them; pairs follow every later augmentation')


def refuse_moved(results: Mapping, pairing: str) -> None:
    """Check that nothing has moved points or images since they were read.

    Points that were dropped or reordered do not matter, except that those of
    :class:`LoadSweeps` stay in their order. The points of other sweeps
    (``lidar_sweeps``) may have been added.

    Args:
        results (Mapping): What comes to the pairing.
        pairing (str): Name of the transform that pairs, for the message.

    Raises:
        BadInput: They were moved; the message names the transform if it left
            a trace.
    """
    remedy = _REMEDY.format(pairing=pairing)
    culprit = results.get(CAMERAS_MOVED)
    for key, name in _TRACES.items():
        if key in results and not _is_one(results[key]):
            culprit = culprit or f"{name} ('{key}' is in the results)"
    if culprit is not None:
        raise BadInput(f'{culprit} comes before {pairing}: {remedy}.')
    foreign = _foreign_rows(results)
    if foreign:
        raise BadInput(
            f"{foreign} of the {len(results['points'])} points of "
            f"'{results['lidar_points']['lidar_path']}' are not where they "
            'were read: a transform (RandomJitterPoints, ObjectSample, '
            f'ObjectNoise, LaserMix, ...) comes before {pairing} and moves '
            f'or mixes points; {remedy}. One that corrects points instead, '
            f"as deskewing does, deletes results['{LOADED}'].")
    if _reordered_sweeps(results):
        raise BadInput(
            f"The points of '{results['lidar_points']['lidar_path']}' and its "
            'sweeps are in another order than LoadSweeps left them in, so '
            'that it is not known which sweep each is of: put what reorders '
            f'points (PointShuffle) after {pairing}.')


def _is_one(value: object) -> bool:
    """Whether a factor changes nothing: mmdet3d's image loader writes 1.0."""
    return isinstance(value, float) and value == 1


def _foreign_rows(results: Mapping) -> int:
    """Count the points that were not read from the cloud's file."""
    loaded = results.get(LOADED)
    if loaded is None:
        return 0
    now = results['points'].tensor[:, :3]
    if torch.equal(now, loaded):
        return 0
    own = np.isin(_hashes(now), _hashes(loaded))
    if results.get('lidar_sweeps'):
        return 0 if own.any() or not len(own) else len(own)
    return int((~own).sum())


def _reordered_sweeps(results: Mapping) -> bool:
    """Whether a cloud with sweeps has its points in another order.

    What has lost points is found where they are packed; what corrects them
    (and deletes ``LOADED``) is trusted.
    """
    swept = results.get(SWEPT)
    if swept is None or LOADED not in results:
        return False
    now = results['points'].tensor[:, :3]
    return len(now) == len(swept) and not torch.equal(now, swept)


def _hashes(xyz: torch.Tensor) -> np.ndarray:
    """One number for each row (N, 3) float32, by its bits."""
    bits = np.ascontiguousarray(xyz.numpy(), np.float32).view(np.uint32)
    factors = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 1], np.uint64)
    return (bits.astype(np.uint64) * factors).sum(1, dtype=np.uint64)
