# reldistill_nus.py with SPVCNN (Tang et al., ECCV 2020) for a student, at
# mmdet3d's size. It needs a GPU and torchsparse 1.4, on which mmdet3d builds
# it. Neither was at hand: that mmdet3d takes these options and in which order
# it reads coordinates is tested, but this config has never been trained.
_base_ = './reldistill_nus.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='VoxelStudent',
        axes='xyzb',
        network=dict(
            type='SPVCNNBackbone',
            in_channels=4,
            num_stages=4,
            base_channels=32,
            encoder_channels=[32, 64, 128, 256],
            encoder_blocks=[2, 2, 2, 2],
            decoder_channels=[256, 128, 96, 96],
            decoder_blocks=[2, 2, 2, 2],
            block_type='basic',
            sparseconv_backend='torchsparse',
            drop_ratio=0.3)),
    projector=dict(in_channels=96))
