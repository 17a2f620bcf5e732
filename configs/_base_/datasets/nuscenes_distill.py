# Keyframes of nuScenes with six cameras, for distillation and for zero-shot
# segmentation (16 lidarseg classes). Paths come from mmdet3d's own base.
_base_ = 'mmdet3d::_base_/datasets/nus-3d.py'

dataset_type = 'NuScenesLidarSegDataset'
data_root = 'data/nuscenes/'
class_names = [
    'barrier', 'bicycle', 'bus', 'car', 'construction_vehicle', 'motorcycle',
    'pedestrian', 'traffic_cone', 'trailer', 'truck', 'driveable_surface',
    'other_flat', 'sidewalk', 'terrain', 'manmade', 'vegetation'
]
metainfo = dict(classes=class_names)
input_modality = dict(use_lidar=True, use_camera=True)
data_prefix = dict(
    pts='samples/LIDAR_TOP',
    pts_semantic_mask='lidarseg/v1.0-trainval',
    CAM_FRONT='samples/CAM_FRONT',
    CAM_FRONT_RIGHT='samples/CAM_FRONT_RIGHT',
    CAM_FRONT_LEFT='samples/CAM_FRONT_LEFT',
    CAM_BACK='samples/CAM_BACK',
    CAM_BACK_LEFT='samples/CAM_BACK_LEFT',
    CAM_BACK_RIGHT='samples/CAM_BACK_RIGHT')
backend_args = None
# Clouds and images (uint8) go to a GPU while it works; without one PyTorch
# only warns about pinned memory.
pin_memory = __import__('torch').cuda.is_available()

# Keyframes to pretrain on: None is every one of the info file (700 scenes),
# 'slidr_600' leaves out the hundred scenes that the SLidR family tunes on.
scenes = None
# Multiples of 32 suit every ViT and ResNet tower; SLidR's size.
image_size = (224, 416)

# nuScenes' intensities, 0 to 255, vary about as much as its coordinates do in
# metres, and so both reach the student. Divided by 255 they would vanish
# beside the coordinates; sensors with 0 to 1 need intensity_scale=255.
load_points = dict(
    type='LoadLidarPoints', load_dim=5, use_dim=4, backend_args=backend_args)

train_pipeline = [
    load_points,
    dict(type='LoadCameraImages', backend_args=backend_args),
    dict(type='PairPointsWithPixels'),
    dict(type='ResizedCropCameras', size=image_size),
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
# A loss over 4096 pairs of a batch of 8 draws about 512 of each keyframe.
cached_pipeline = [
    load_points,
    dict(
        type='LoadCachedPairs',
        root='data/nuscenes/teacher_cache',
        num_pairs=1024), *train_pipeline[5:-1],
    dict(type='PackPairs', keys=['points'])
]
# Images are not read at test time, only their sizes: which points a camera
# sees is reported beside all points.
test_pipeline = [
    load_points,
    dict(type='LoadPointLabels', optional=True, backend_args=backend_args),
    dict(type='LoadCameraImages', decode=False, backend_args=backend_args),
    dict(type='PairPointsWithPixels', on_empty='warn'),
    dict(type='PackPairs', keys=['points', 'pts_semantic_mask'])
]
eval_pipeline = test_pipeline
# Whole images and labels, no augmentation: to judge the teacher at the pairs
# and to draw pictures.
paired_pipeline = [
    load_points,
    dict(type='LoadPointLabels', optional=True, backend_args=backend_args),
    dict(type='LoadCameraImages', backend_args=backend_args),
    dict(type='PairPointsWithPixels'),
    dict(type='ResizedCropCameras', size=image_size, area=None),
    dict(type='PackPairs', keys=['points', 'img', 'pts_semantic_mask'])
]

# tools/test.py --tta: the mean over flips.
tta_model = dict(type='Seg3DTTAModel')
tta_pipeline = [
    *test_pipeline[:-1],
    dict(
        type='TestTimeAug',
        transforms=[[
            dict(
                type='RandomFlip3D',
                sync_2d=False,
                flip_ratio_bev_horizontal=float(horizontal),
                flip_ratio_bev_vertical=float(vertical))
            for horizontal in (False, True) for vertical in (False, True)
        ], [test_pipeline[-1]]])
]

train_dataloader = dict(
    _delete_=True,
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    pin_memory=pin_memory,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='nuscenes_infos_train.pkl',
        data_prefix=data_prefix,
        pipeline=train_pipeline,
        metainfo=metainfo,
        modality=input_modality,
        scenes=scenes,
        test_mode=False,
        backend_args=backend_args))
# round_up=False: no sample is counted twice when several GPUs share the set.
val_dataloader = dict(
    _delete_=True,
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    pin_memory=pin_memory,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='nuscenes_infos_val.pkl',
        data_prefix=data_prefix,
        pipeline=test_pipeline,
        metainfo=metainfo,
        modality=input_modality,
        test_mode=True,
        backend_args=backend_args))
test_dataloader = val_dataloader

val_evaluator = dict(_delete_=True, type='PointSegMetric')
test_evaluator = val_evaluator
