# A student that a laptop's CPU trains in minutes, and what is built on it.
# Beside the base of the full size: `model = _base_.small_distiller`.
width = 16

# MiniWorld's LiDARs have half the rays of real ones, or fewer: in voxels of
# 0.1 m few points have a neighbour that the student's convolutions can see.
small_student = dict(
    data_preprocessor=dict(voxel_layer=dict(voxel_size=[0.4, 0.4, 0.4])),
    backbone=dict(
        base_channels=width,
        encoder_channels=[width, 2 * width, 4 * width, 8 * width],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[4 * width, 4 * width, 2 * width, 2 * width],
        decoder_blocks=[1, 1, 1, 1]))

# On minkunet34_openclip.py: taught by the CLIP that has learned MiniWorld.
small_distiller = dict(
    **small_student,
    projector=dict(in_channels=2 * width, out_channels=64),
    teacher=dict(
        model=__import__('reldistill_mm').tiny_clip_model(),
        pretrained=None,
        stride=16,
        images_per_step=1),
    pair_sampler=dict(count=2048))

# On minkunet34_segmentor.py, with small_student.
small_head = dict(channels=2 * width)
