# minkunet34_segmentor.py with the student of small_minkunet_tiny_clip.py; a
# test keeps the two equal.
_base_ = './minkunet34_segmentor.py'

width = 16

model = dict(
    data_preprocessor=dict(voxel_layer=dict(voxel_size=[0.4, 0.4, 0.4])),
    backbone=dict(
        base_channels=width,
        encoder_channels=[width, 2 * width, 4 * width, 8 * width],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[4 * width, 4 * width, 2 * width, 2 * width],
        decoder_blocks=[1, 1, 1, 1]),
    decode_head=dict(channels=2 * width))
