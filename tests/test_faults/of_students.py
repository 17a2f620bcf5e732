"""Situations: networks that are called otherwise than MinkUNet."""
import torch
from config_files import load
from mmengine.registry import DefaultScope
from test_faults.situations import REFUSED, RIGHT, elsewhere, situation

from reldistill_mm.io.config_check import check_config
from reldistill_mm.models import VoxelStudent

TEST = 'tests/test_models/test_voxel_student.py::'
CHANNELS = dict(
    base_channels=8,
    encoder_channels=[[8], [8] * 3, [8] * 3, [8] * 3],
    decoder_channels=[[8] * 3] * 4)


def sparse_unet(shape, output='seg_features'):
    network = dict(
        type='SparseUNet', in_channels=4, sparse_shape=shape, **CHANNELS)
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        student = VoxelStudent(network, axes='bzyx', output=output).eval()
    coors = torch.tensor([[0, 0, 0, 0], [0, 40, 50, 60]]).int()
    return student(torch.rand(2, 4), coors)


@situation(
    'a cloud larger than the grid of its network', '9', REFUSED,
    'A cloud of the batch takes [61, 51, 41] voxels along zyx, and '
    'SparseUNet.sparse_shape=[48, 64, 64]: enlarge it '
    '(model.backbone.network.sparse_shape), or cut the clouds by '
    'PointsRangeFilter.')
def _(tmp):
    sparse_unet([48, 64, 64])


@situation(
    'a network that returns several maps, and none is named', 'config',
    REFUSED, "SparseUNet returns ['seg_features', 'spatial_features']: name "
    'the features of the voxels by VoxelStudent.output, which is None.')
def _(tmp):
    sparse_unet([64, 64, 64], None)


@situation(
    'a network on torchsparse with coordinates for spconv', '2', REFUSED,
    'model.backbone: MinkUNetBackbone on torchsparse reads coordinates as '
    '(x, y, z, sample), and DistillDataPreprocessor gives (sample, x, y, z): '
    "set backbone=dict(type='VoxelStudent', axes='xyzb', "
    "network=dict(type='MinkUNetBackbone', ...)).")
def _(tmp):
    cfg = load('reldistill_nus.py')
    cfg.model.backbone.sparseconv_backend = 'torchsparse'
    check_config(cfg)


@situation(
    'another student with voxels that it does not read', 'config', REFUSED,
    "model.data_preprocessor.voxel_type='dynamic', and VoxelStudent reads "
    "the voxels of 'minkunet' alone: set it to that.")
def _(tmp):
    cfg = load('reldistill_nus_sparseunet.py')
    cfg.model.data_preprocessor.voxel_type = 'dynamic'
    check_config(cfg)


elsewhere(
    'SPVCNN where torchsparse is not installed', 'machines', REFUSED,
    'model.backbone.network: SPVCNNBackbone cannot be built (Please '
    'follow `get_started.md` to install Torchsparse): correct its '
    'options, or install what it needs.',
    f'{TEST}test_without_torchsparse_spvcnn_is_refused')
elsewhere(
    'features of other voxels, or in another order', '6', REFUSED,
    '... returns features of ... other voxels than the ... that it was '
    'given, or in another order: ...', f'{TEST}test_other_answers_are_refused')
elsewhere('another student than MinkUNet, from training to fine-tuning', '10',
          RIGHT, 'learns, labels, and loads every tensor',
          f'{TEST}test_another_student_learns_and_predicts')
