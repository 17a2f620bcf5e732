# reldistill_nus.py with another student: mmdet3d's SparseUNet (Part-A^2,
# Shi et al., TPAMI 2020), on spconv as MinkUNet is.
_base_ = './reldistill_nus.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='VoxelStudent',
        axes='bzyx',
        output='seg_features',
        network=dict(
            type='SparseUNet',
            in_channels=4,
            # Voxels along z, y and x; a larger cloud is refused.
            sparse_shape=[512, 4096, 4096],
            # Of a map for detectors, which nothing reads here.
            output_channels=1,
            base_channels=32,
            encoder_channels=[[32], [64] * 3, [128] * 3, [256] * 3],
            decoder_channels=[[256, 256, 128], [128, 128, 64], [64, 64, 32],
                              [32, 32, 96]])),
    projector=dict(in_channels=96))

# That map's layer gets no gradient: several processes must not wait for it.
find_unused_parameters = True
