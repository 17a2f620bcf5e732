# Keyframes of nuScenes with six cameras, for distillation and for zero-shot
# segmentation.
_base_ = ['./nuscenes.py', './steps.py']

input_modality = dict(use_lidar=True, use_camera=True)
# Multiples of 32 suit every ViT and ResNet tower; SLidR's size.
image_size = (224, 416)
# The teacher's features: tools/cache_teacher.py writes them there, the
# *_cached.py configs read them. --cfg-options teacher_cache_root=PATH
teacher_cache_root = f'{_base_.data_root}teacher_cache'
# Arguments of mmengine's file backend for it; backend_args are the data's.
teacher_cache_backend_args = dict()

crop_images = dict(type='ResizedCropCameras', size=image_size)
whole_images = dict(type='ResizedCropCameras', size=image_size, area=None)

train_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, crop_images,
    _base_.flip_images, _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_images
]
# No images.
cached_pipeline = [
    _base_.load_points, _base_.load_cached_pairs, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_points
]
# For methods of all pairs, and of superpixels, of which a few pairs would say
# little.
all_cached_pipeline = [
    _base_.load_points,
    dict(type='LoadCachedPairs'), _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_points
]
# For losses over superpixels, and for a teacher cache that keeps them.
superpixel_pipeline = [
    _base_.load_points, _base_.load_images, _base_.pair, crop_images,
    _base_.flip_images, _base_.slic, _base_.flip_cloud, _base_.turn_cloud,
    _base_.pack_images
]
paired_superpixel_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.slic, _base_.pack_all
]
# Images are not read at test time, only their sizes: which points a camera
# sees is reported beside all points.
test_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_image_sizes,
    _base_.pair_if_seen, _base_.pack_labels
]
eval_pipeline = test_pipeline
tta_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_image_sizes,
    _base_.pair_if_seen, _base_.flip_and_pack_labels
]
# Whole images and labels, no augmentation: to judge the teacher at the pairs
# and to draw pictures.
paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.load_images,
    _base_.pair, whole_images, _base_.pack_all
]
# The same from a cache of this set (tools/cache_teacher.py --split val): many
# students are tested and the teacher runs once.
cached_paired_pipeline = [
    _base_.load_points, _base_.load_labels_if_any,
    dict(type='LoadCachedPairs'), _base_.pack_labels
]

train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(
        **_base_.train_data, pipeline=train_pipeline, modality=input_modality))
val_dataloader = dict(
    **_base_.val_loader,
    dataset=dict(
        **_base_.val_data, pipeline=test_pipeline, modality=input_modality))
test_dataloader = val_dataloader
