# Relational distillation on the embedded MiniWorld: the recipe of
# reldistill_nus.py at a size that a laptop's CPU trains in minutes.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/nuscenes_distill.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/models/small_minkunet.py',
    './_base_/schedules/adamw_onecycle_30e.py',
]

model = _base_.small_distiller

data_root = 'data/miniworld/'
teacher_cache_root = f'{data_root}teacher_cache'
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (512, 896)

# One camera per step: the teacher is what costs on a CPU.
one_camera = dict(type='SampleCameras', num_cameras=1)
whole_images = dict(_base_.whole_images, size=image_size)
load_cached_pairs = dict(_base_.load_cached_pairs, num_pairs=2048)
train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, one_camera,
    whole_images, _base_.flip_images, _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_images
]
cached_pipeline = [
    _base_.load_points, load_cached_pairs, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_points
]
superpixel_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, one_camera,
    whole_images, _base_.flip_images, _base_.slic, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_images
]
paired_superpixel_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.slic, _base_.pack_all
]
paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.pack_all
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
