# SLidR (Sautier et al., CVPR 2022): InfoNCE between superpixels, not pairs.
# Taken over: SLIC (150 segments, compactness 6, sigma 3), a row for each
# superpixel of each image, temperature 0.07; schedule, crops and flips are
# those of reldistill_nus.py. Not taken over: the teacher is CLIP and not a
# ResNet-50 of MoCo, whose weights and trained image head are not here; SLIC
# runs on the crops in the loader (tools/make_superpixels.py does so on whole
# images, as SLidR; then LoadSuperpixels takes the place of slic, right behind
# pair); a superpixel's teacher row is the mean at its pairs, not at all of its
# pixels; all voxels are Cartesian.
_base_ = '../reldistill_nus.py'

train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, _base_.crop_images,
    _base_.flip_images, _base_.slic, _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_images
]
# What a teacher cache is made of: it keeps the superpixels.
paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, _base_.whole_images, _base_.slic, _base_.pack_all
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
