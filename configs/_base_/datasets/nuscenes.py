# Where nuScenes lies and how it is read: 16 lidarseg classes, six cameras.
dataset_type = 'NuScenesLidarSegDataset'
data_root = 'data/nuscenes/'
class_names = [
    'barrier', 'bicycle', 'bus', 'car', 'construction_vehicle', 'motorcycle',
    'pedestrian', 'traffic_cone', 'trailer', 'truck', 'driveable_surface',
    'other_flat', 'sidewalk', 'terrain', 'manmade', 'vegetation'
]
metainfo = dict(classes=class_names)
data_prefix = dict(
    pts='samples/LIDAR_TOP',
    pts_semantic_mask='lidarseg/v1.0-trainval',
    CAM_FRONT='samples/CAM_FRONT',
    CAM_FRONT_RIGHT='samples/CAM_FRONT_RIGHT',
    CAM_FRONT_LEFT='samples/CAM_FRONT_LEFT',
    CAM_BACK='samples/CAM_BACK',
    CAM_BACK_LEFT='samples/CAM_BACK_LEFT',
    CAM_BACK_RIGHT='samples/CAM_BACK_RIGHT')
# Arguments of mmengine's file backend, for files that lie elsewhere.
backend_args = dict()

# Keyframes to train on: None is every one of the info file (700 scenes),
# 'slidr_600' leaves out the hundred scenes that the SLidR family tunes on.
scenes = None

# nuScenes' intensities, 0 to 255, vary about as much as its coordinates do in
# metres, and so both reach the student. Divided by 255 they would vanish
# beside the coordinates; sensors with 0 to 1 need intensity_scale=255.
load_points = dict(
    type='LoadLidarPoints', load_dim=5, use_dim=4, backend_args=backend_args)
load_labels = dict(type='LoadPointLabels', backend_args=backend_args)
load_labels_if_any = dict(load_labels, optional=True)
load_images = dict(type='LoadCameraImages', backend_args=backend_args)
load_image_sizes = dict(load_images, decode=False)

train_data = dict(
    type=dataset_type,
    data_root=data_root,
    ann_file='nuscenes_infos_train.pkl',
    data_prefix=data_prefix,
    metainfo=metainfo,
    scenes=scenes,
    test_mode=False,
    backend_args=backend_args)
val_data = dict(
    type=dataset_type,
    data_root=data_root,
    ann_file='nuscenes_infos_val.pkl',
    data_prefix=data_prefix,
    metainfo=metainfo,
    test_mode=True,
    backend_args=backend_args)
