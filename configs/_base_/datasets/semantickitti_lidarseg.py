# Scans and labels of SemanticKITTI, without images: what is trained on labels
# or tested on them. Paths, classes and the label map are mmdet3d's own.
_base_ = 'mmdet3d::_base_/datasets/semantickitti.py'

dataset_type = 'SemanticKittiCameraDataset'
data_root = 'data/semantickitti/'
metainfo = _base_.metainfo
input_modality = dict(use_lidar=True, use_camera=False)
backend_args = None
# Points (and images, uint8) go to a GPU while it works; without one PyTorch
# only warns about pinned memory.
pin_memory = __import__('torch').cuda.is_available()

# Scans to train on: None is every one of the info file, 'every_100th_scan'
# the 1 % of the SLidR family.
scans = None

# KITTI's intensities are 0 to 1, nuScenes' 0 to 255.
load_points = dict(
    type='LoadLidarPoints',
    load_dim=4,
    use_dim=4,
    intensity_scale=255,
    backend_args=backend_args)
# The lower 16 bits are the class, the upper 16 the instance.
load_labels = dict(
    type='LoadPointLabels',
    seg_3d_dtype='np.int32',
    seg_offset=2**16,
    dataset_type='semantickitti',
    backend_args=backend_args)

train_pipeline = [
    load_points, load_labels,
    dict(
        type='RandomFlip3D',
        sync_2d=False,
        flip_ratio_bev_horizontal=0.5,
        flip_ratio_bev_vertical=0.5),
    dict(
        type='GlobalRotScaleTrans',
        rot_range=[-3.141592653589793, 3.141592653589793],
        scale_ratio_range=[0.95, 1.05],
        translation_std=[0.1, 0.1, 0.1]),
    dict(type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])
]
test_pipeline = [
    load_points,
    dict(**load_labels, optional=True),
    dict(type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])
]
eval_pipeline = test_pipeline

# tools/test.py --tta: the mean over flips.
tta_model = dict(type='Seg3DTTAModel')
flips = [
    dict(
        type='RandomFlip3D',
        sync_2d=False,
        flip_ratio_bev_horizontal=float(horizontal),
        flip_ratio_bev_vertical=float(vertical))
    for horizontal in (False, True) for vertical in (False, True)
]
tta_pipeline = [
    *test_pipeline[:-1],
    dict(type='TestTimeAug', transforms=[flips, [test_pipeline[-1]]])
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
        ann_file='semantickitti_infos_train.pkl',
        pipeline=train_pipeline,
        metainfo=metainfo,
        modality=input_modality,
        scans=scans,
        ignore_index=19,
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
        ann_file='semantickitti_infos_val.pkl',
        pipeline=test_pipeline,
        metainfo=metainfo,
        modality=input_modality,
        ignore_index=19,
        test_mode=True,
        backend_args=backend_args))
test_dataloader = val_dataloader

val_evaluator = dict(_delete_=True, type='PointSegMetric')
test_evaluator = val_evaluator
