# Relational distillation on the embedded MiniWorld: the recipe of
# reldistill_nus.py at a size that a laptop's CPU trains in minutes.
_base_ = './reldistill_nus.py'

data_root = 'data/miniworld/'
max_epochs = 40
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (512, 896)
width = 16

# MiniWorld's LiDAR has half the rays of nuScenes': in voxels of 0.1 m few
# points have a neighbour that the student's convolutions can see.
model = dict(
    data_preprocessor=dict(voxel_layer=dict(voxel_size=[0.4, 0.4, 0.4])),
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
        stride=16,
        images_per_step=1),
    distill_head=dict(num_pairs=1024))

# Without the points that something nearer hides from the camera.
pairing = dict(type='PairPointsWithPixels', occlusion=dict())
whole_images = dict(type='ResizedCropCameras', size=image_size, area=None)
train_pipeline = [
    *_base_.train_pipeline[:2],
    pairing,
    # One camera a step: the teacher is what costs on a CPU.
    dict(type='SampleCameras', num_cameras=1),
    whole_images,
    *_base_.train_pipeline[4:]
]
cached_pipeline = [
    _base_.cached_pipeline[0],
    dict(
        type='LoadCachedPairs',
        root=data_root + 'teacher_cache',
        num_pairs=1024), *_base_.cached_pipeline[2:]
]
paired_pipeline = [
    *_base_.paired_pipeline[:-3], pairing, whole_images,
    _base_.paired_pipeline[-1]
]

data = dict(
    data_root=data_root,
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
train_dataloader = dict(
    batch_size=1, num_workers=1, dataset=dict(**data, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=data)
test_dataloader = dict(num_workers=1, dataset=data)

optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-2, weight_decay=0.01))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=1e-2,
        pct_start=0.1,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=10)
default_hooks = dict(logger=dict(interval=10))
