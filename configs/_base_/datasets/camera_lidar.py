# Any cameras and LiDAR that mmdet3d's info files describe: KITTI, Waymo, Lyft
# by mmdet3d's converters, or one's own recordings. No labels are needed.
#
# What a child gives:
#     data = dict(data_root='data/kitti/', ann_file='kitti_infos_trainval.pkl')
#     train_dataloader = dict(dataset=data)
# and, for images of other proportions than 13 : 7, image_size with the steps
# and pipelines that have it (configs/reldistill_kitti_object.py).
_base_ = './steps.py'

dataset_type = 'CameraLidarDataset'
data_root = 'data/own/'
ann_file = 'infos.pkl'
# Arguments of mmengine's file backend, for files that lie elsewhere.
backend_args = dict()

# Multiples of 32 suit every ViT and ResNet tower.
image_size = (224, 416)
# The teacher's features: tools/cache_teacher.py writes them there, the
# *_cached.py configs read them. --cfg-options teacher_cache_root=PATH
teacher_cache_root = f'{data_root}teacher_cache'
# Arguments of mmengine's file backend for it; backend_args are the data's.
teacher_cache_backend_args = dict()

# .bin of any number of columns, .pcd, .ply or .npy. Which factor brings the
# intensities to 0 to 255 is found on the first scan; intensity_scale says it.
load_points = dict(type='LoadScanPoints', backend_args=backend_args)
load_labels_if_any = dict(
    type='LoadScanLabels', optional=True, backend_args=backend_args)
load_images = dict(type='LoadCameraImages', backend_args=backend_args)
load_image_sizes = dict(load_images, decode=False)
crop_images = dict(type='ResizedCropCameras', size=image_size)
whole_images = dict(type='ResizedCropCameras', size=image_size, area=None)

train_pipeline = [
    load_points, load_images, _base_.pair, crop_images, _base_.flip_images,
    _base_.flip_cloud, _base_.turn_cloud, _base_.pack_images
]
# No images.
cached_pipeline = [
    load_points, _base_.load_cached_pairs, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_points
]
# For keyframes with labels (classes): images are not read, only their sizes.
test_pipeline = [
    load_points, load_labels_if_any, load_image_sizes, _base_.pair_if_seen,
    _base_.pack_labels
]
eval_pipeline = test_pipeline
tta_pipeline = [
    load_points, load_labels_if_any, load_image_sizes, _base_.pair_if_seen,
    _base_.flip_and_pack_labels
]
# Whole images and labels, no augmentation: to judge the teacher at the pairs
# and to draw pictures.
paired_pipeline = [
    load_points, load_labels_if_any, load_images, _base_.pair, whole_images,
    _base_.pack_all
]

train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file=ann_file,
        # Names to raw ids of labels: dict(car=10, road=[40, 44]).
        classes=dict(),
        # Names, ['CAM2']; None is every camera that has images.
        cameras=None,
        # How many earlier sweeps to add to each keyframe.
        sweeps_num=0,
        pipeline=train_pipeline,
        test_mode=False,
        backend_args=backend_args))
