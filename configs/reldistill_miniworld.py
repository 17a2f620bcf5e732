# Relational distillation on the embedded MiniWorld: the recipe of
# reldistill_nus.py at a size that a laptop's CPU trains in minutes.
_base_ = './reldistill_nus.py'

data_root = 'data/miniworld/'
max_epochs = 12
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (576, 1024)
width = 16

model = dict(
    data_preprocessor=dict(voxel_layer=dict(voxel_size=[0.15, 0.15, 0.15])),
    backbone=dict(
        base_channels=width,
        encoder_channels=[width, 2 * width, 4 * width, 8 * width],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[4 * width, 4 * width, 2 * width, 2 * width],
        decoder_blocks=[1, 1, 1, 1]),
    projector=dict(in_channels=2 * width, out_channels=64),
    teacher=dict(
        model=__import__('reldistill_mm').tiny_clip_model(),
        pretrained=None,
        images_per_step=1),
    distill_head=dict(num_pairs=2048))

whole_images = dict(type='ResizedCropCameras', size=image_size, area=None)
# Two cameras a step: the teacher is what costs on a CPU.
train_pipeline = [
    *_base_.train_pipeline[:2],
    dict(type='PairPointsWithPixels', occlusion=dict()),
    dict(type='SampleCameras', num_cameras=2), whole_images,
    *_base_.train_pipeline[4:]
]
paired_pipeline = [
    *_base_.paired_pipeline[:-2], whole_images, _base_.paired_pipeline[-1]
]

data = dict(
    data_root=data_root,
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
train_dataloader = dict(
    batch_size=2, num_workers=1, dataset=dict(**data, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=data)
test_dataloader = dict(num_workers=1, dataset=data)

optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=0.01))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=3e-3,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=4)
default_hooks = dict(logger=dict(interval=10))
