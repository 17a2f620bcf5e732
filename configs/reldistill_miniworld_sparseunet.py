# reldistill_miniworld.py with another student: mmdet3d's SparseUNet (Part-A^2,
# Shi et al., TPAMI 2020), on spconv as MinkUNet is.
_base_ = './reldistill_miniworld.py'

width = 16

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
            sparse_shape=[128, 1024, 1024],
            # Of a map for detectors, which nothing reads here.
            output_channels=1,
            base_channels=width,
            encoder_channels=[[width], [2 * width] * 3, [4 * width] * 3,
                              [4 * width] * 3],
            decoder_channels=[[4 * width] * 3,
                              [4 * width, 4 * width, 2 * width],
                              [2 * width, 2 * width, width],
                              [width, width, 2 * width]])),
    projector=dict(in_channels=2 * width))

# That map's layer gets no gradient: several processes must not wait for it.
find_unused_parameters = True
