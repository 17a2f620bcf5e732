# Where SemanticKITTI lies and how it is read: 19 classes, the left colour
# camera.
dataset_type = 'SemanticKittiCameraDataset'
data_root = 'data/semantickitti/'
# Classes and the label map are mmdet3d's own. Its file has nothing else of use
# here, so it is read, not inherited.
metainfo = __import__('mmengine.hub').hub.get_config(
    'mmdet3d::_base_/datasets/semantickitti.py').metainfo
# Arguments of mmengine's file backend, for files that lie elsewhere.
backend_args = dict()

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
load_labels_if_any = dict(load_labels, optional=True)
load_images = dict(type='LoadCameraImages', backend_args=backend_args)
load_image_sizes = dict(load_images, decode=False)

train_data = dict(
    type=dataset_type,
    data_root=data_root,
    ann_file='semantickitti_infos_train.pkl',
    metainfo=metainfo,
    scans=scans,
    ignore_index=19,
    test_mode=False,
    backend_args=backend_args)
val_data = dict(
    type=dataset_type,
    data_root=data_root,
    ann_file='semantickitti_infos_val.pkl',
    metainfo=metainfo,
    ignore_index=19,
    test_mode=True,
    backend_args=backend_args)
