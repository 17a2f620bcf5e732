# Relational distillation on MiniWorld's other town, which lies on disk as
# SemanticKITTI does: `python tools/make_miniworld.py --town other`, then
# `python tools/create_data.py semantickitti --root-path data/miniworld_other`.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/semantickitti_distill.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/models/small_minkunet.py',
    './_base_/schedules/adamw_onecycle_30e.py',
]

data_root = 'data/miniworld_other/'
teacher_cache_root = f'{data_root}teacher_cache'
# The tiny CLIP has learned the world magnified; see its figures.json.
image_size = (288, 992)

# SemanticKITTI's classes in the words that the tiny CLIP has learned.
words = {
    'car': ['car', 'automobile', 'parked car'],
    'bicycle': ['bicycle', 'bike'],
    'motorcycle': ['motorcycle', 'motorbike'],
    'truck': ['truck', 'lorry', 'delivery truck'],
    'bus': [
        'bus', 'city bus', 'coach', 'articulated bus', 'trailer',
        'semi trailer', 'cargo container', 'shipping container',
        'freight container', 'bulldozer', 'excavator', 'concrete mixer',
        'crane', 'dump truck', 'construction vehicle'
    ],
    'person': ['person', 'pedestrian', 'man', 'woman', 'child'],
    'bicyclist': ['cyclist', 'person riding a bicycle'],
    'motorcyclist': ['motorcyclist', 'person riding a motorcycle'],
    'road': ['road', 'street', 'asphalt', 'lane'],
    'parking': ['parking lot', 'parking space'],
    'sidewalk': ['sidewalk', 'pavement', 'footpath'],
    'other-ground': ['curb', 'traffic island', 'traffic median'],
    'building': ['building', 'awning', 'house', 'facade'],
    'fence': ['fence'],
    'vegetation':
    ['tree', 'bush', 'shrub', 'plant', 'flower', 'woods', 'hedge'],
    'trunck': ['trunk', 'tree trunk'],
    'terrian': ['grass', 'grassland', 'lawn', 'meadow', 'turf', 'sod'],
    'pole': ['pole', 'lamp post', 'street light'],
    'traffic-sign': ['traffic sign', 'traffic light']
}
model = dict(
    **_base_.small_distiller,
    zero_shot_head=dict(
        classes=list(words), vocabulary=dict(_delete_=True, **words)))

whole_images = dict(_base_.whole_images, size=image_size)
load_cached_pairs = dict(_base_.load_cached_pairs, num_pairs=2048)
train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, whole_images,
    _base_.flip_images, _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_images
]
cached_pipeline = [
    _base_.load_points, load_cached_pairs, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_points
]
paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.pack_all
]

train_dataloader = dict(
    batch_size=1,
    num_workers=1,
    dataset=dict(data_root=data_root, pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader

default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
