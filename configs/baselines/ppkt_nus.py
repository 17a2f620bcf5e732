# PPKT (Liu et al., 2021), as SLidR adapts it to LiDAR: contrastive_nus.py with
# a ResNet-50 for a teacher, whose last map (32 pixels) is read bilinearly.
# Taken over: InfoNCE from point to pixel over 4096 pairs, temperature 0.07;
# the ResNet's own stride, upsampled 32 times (the constants are those of
# SLidR's and CLIP2Scene's public configs). Not taken over: the ResNet is
# CLIP's and not one of MoCo v2, whose weights are not here, and gives its
# joint space in place of a learned 1 x 1 convolution to 64 channels; cuboids
# are not dropped; points that something nearer hides are left out (pair);
# voxels are Cartesian.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why),
# not the family's SGD at 0.5 (sgd_cosine_50e.py).
_base_ = '../reldistill_nus.py'

model = dict(
    teacher=dict(model='RN50-quickgelu'),
    projector=dict(out_channels=1024),
    distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
