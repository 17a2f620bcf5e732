# Scans of SemanticKITTI with the left colour camera, for distillation and for
# zero-shot segmentation (19 classes).
_base_ = './semantickitti_lidarseg.py'

input_modality = dict(use_lidar=True, use_camera=True)
backend_args = None

# KITTI's images are 370 to 376 pixels high and 1226 to 1241 wide: crops are
# as wide. Multiples of 32 suit every ViT and ResNet tower.
image_size = (256, 832)

load_points = _base_.load_points
load_labels = dict(**_base_.load_labels, optional=True)

train_pipeline = [
    load_points,
    dict(type='LoadCameraImages', backend_args=backend_args),
    dict(type='PairPointsWithPixels'),
    dict(type='ResizedCropCameras', size=image_size, ratio=(3.0, 3.5)),
    dict(type='RandomFlipCameras'),
    dict(
        type='RandomFlip3D',
        sync_2d=False,
        flip_ratio_bev_horizontal=0.5,
        flip_ratio_bev_vertical=0.5),
    dict(
        type='GlobalRotScaleTrans',
        rot_range=[-3.141592653589793, 3.141592653589793],
        scale_ratio_range=[1.0, 1.0],
        translation_std=[0, 0, 0]),
    dict(type='PackPairs', keys=['points', 'img'])
]
# The teacher's features from the files of tools/cache_teacher.py: no images.
# A loss over 4096 pairs of a batch of 8 draws about 512 of each scan.
cached_pipeline = [
    load_points,
    dict(
        type='LoadCachedPairs',
        root=f'{_base_.data_root}teacher_cache',
        num_pairs=1024), *train_pipeline[5:-1],
    dict(type='PackPairs', keys=['points'])
]
# Images are not read at test time, only their sizes: which points a camera
# sees is reported beside all points.
test_pipeline = [
    load_points, load_labels,
    dict(type='LoadCameraImages', decode=False, backend_args=backend_args),
    dict(type='PairPointsWithPixels', on_empty='warn'),
    dict(type='PackPairs', keys=['points', 'pts_semantic_mask'])
]
eval_pipeline = test_pipeline
# Whole images and labels, no augmentation: to judge the teacher at the pairs
# and to draw pictures.
paired_pipeline = [
    load_points, load_labels,
    dict(type='LoadCameraImages', backend_args=backend_args),
    dict(type='PairPointsWithPixels'),
    dict(type='ResizedCropCameras', size=image_size, area=None),
    dict(type='PackPairs', keys=['points', 'img', 'pts_semantic_mask'])
]
tta_pipeline = [
    *test_pipeline[:-1],
    dict(type='TestTimeAug', transforms=[_base_.flips, [test_pipeline[-1]]])
]

train_dataloader = dict(
    dataset=dict(pipeline=train_pipeline, modality=input_modality))
val_dataloader = dict(
    dataset=dict(pipeline=test_pipeline, modality=input_modality))
test_dataloader = val_dataloader
