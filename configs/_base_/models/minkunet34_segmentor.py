# mmdet3d's own MinkUNet on a distilled backbone. A test keeps the backbone and
# the voxels equal to those of minkunet34_openclip.py.
_base_ = 'mmdet3d::_base_/models/minkunet.py'

# The distilled checkpoint, to be named on the command line:
# --cfg-options model.backbone.init_cfg.checkpoint=PATH
checkpoint = None

model = dict(
    data_preprocessor=dict(
        type='DistillDataPreprocessor',
        batch_first=True,
        max_voxels=None,
        voxel_layer=dict(voxel_size=[0.1, 0.1, 0.1])),
    backbone=dict(
        encoder_blocks=[2, 3, 4, 6],
        sparseconv_backend='spconv',
        # Every tensor or an error.
        init_cfg=dict(type='DistilledBackbone', checkpoint=checkpoint)),
    # K outputs for K classes; the label K is ignored.
    decode_head=dict(
        type='LovaszMinkUNetHead',
        num_classes=16,
        loss_lovasz=dict(type='LovaszLoss', reduction='none'),
        ignore_index=16))
