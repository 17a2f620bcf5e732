"""Check that a config's student reads the voxels that it is given."""
from collections.abc import Mapping

from ..errors import BadInput

# mmdet3d's, on torchsparse unless their config says otherwise.
_ON_TORCHSPARSE = ('MinkUNetBackbone', 'MinkUNetBackboneV2', 'SPVCNNBackbone')
_READ_VOXELS = (*_ON_TORCHSPARSE, 'VoxelStudent')


def check_student(model: Mapping) -> None:
    """Refuse voxels, or coordinates, that the backbone reads otherwise.

    Args:
        model (Mapping): The config's ``model``.

    Raises:
        BadInput: ``data_preprocessor`` makes other voxels than the backbone
            reads, or their columns in another order.
    """
    backbone, given = model.get('backbone'), model.get('data_preprocessor')
    if not isinstance(given, Mapping) or not isinstance(backbone, Mapping):
        return
    kind = str(backbone.get('type')).rpartition('.')[2]
    voxels = given.get('voxel_type', 'minkunet')
    if kind in _READ_VOXELS and voxels != 'minkunet':
        raise BadInput(
            f'model.data_preprocessor.voxel_type={voxels!r}, and {kind} reads '
            "the voxels of 'minkunet' alone: set it to that.")
    backend = backbone.get('sparseconv_backend', 'torchsparse')
    if (str(given.get('type')).endswith('DistillDataPreprocessor')
            and kind in _ON_TORCHSPARSE and backend == 'torchsparse'):
        raise BadInput(
            f'model.backbone: {kind} on torchsparse reads coordinates as (x, '
            'y, z, sample), and DistillDataPreprocessor gives (sample, x, y, '
            "z): set backbone=dict(type='VoxelStudent', axes='xyzb', "
            f"network=dict(type='{kind}', ...)).")
