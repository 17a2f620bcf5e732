# SLidR (Sautier et al., CVPR 2022): InfoNCE between superpixels, not pairs.
# What it takes over and what it cannot stands in slidr_nus.py; here each step
# has the superpixels of one camera, as few as MiniWorld's recipe has cameras.
_base_ = '../reldistill_miniworld.py'

train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, _base_.one_camera,
    _base_.whole_images, _base_.flip_images, _base_.slic, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_images
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
