# Relational distillation on the embedded MiniWorld: the recipe of
# reldistill_nus.py at a size that a laptop's CPU trains in minutes.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/nuscenes_distill.py',
    './_base_/models/small_minkunet_tiny_clip.py',
    './_base_/schedules/adamw_onecycle_30e.py',
]

data_root = 'data/miniworld/'
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (512, 896)
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
        num_pairs=2048), *_base_.cached_pipeline[2:]
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

default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
