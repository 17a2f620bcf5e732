# Relational distillation on MiniWorld's other town, which lies on disk as
# SemanticKITTI does: `python tools/make_miniworld.py --town other`, then
# `python tools/create_data.py semantickitti --root-path data/miniworld_other`.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/semantickitti_distill.py',
    './_base_/models/small_minkunet_tiny_clip.py',
    './_base_/schedules/adamw_onecycle_40e.py',
]

data_root = 'data/miniworld_other/'
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (288, 992)

words = __import__('reldistill_mm').vocabulary('semantickitti')
model = dict(
    zero_shot_head=dict(
        classes=list(words), vocabulary=dict(_delete_=True, **words)))

whole_images = dict(type='ResizedCropCameras', size=image_size, area=None)
train_pipeline = [
    *_base_.train_pipeline[:3], whole_images, *_base_.train_pipeline[4:]
]
paired_pipeline = [
    *_base_.paired_pipeline[:-2], whole_images, _base_.paired_pipeline[-1]
]

train_dataloader = dict(
    batch_size=1,
    num_workers=1,
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
