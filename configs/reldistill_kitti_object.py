# reldistill_camera_lidar.py on KITTI's 3D objects with the left colour camera:
# python tools/create_data.py kitti --root-path data/kitti --out-dir data/kitti
# --extra-tag kitti
_base_ = './reldistill_camera_lidar.py'

teacher_cache_root = 'data/kitti/teacher_cache'
# KITTI's images are 370 to 376 pixels high and 1224 to 1242 wide.
crop = dict(_base_.crop_images, size=(256, 832), ratio=(3.0, 3.5))
whole = dict(_base_.whole_images, size=(256, 832))
read = [_base_.load_points, _base_.load_images, _base_.pair]
turn = [_base_.flip_cloud, _base_.turn_cloud, _base_.pack_images]
paired_pipeline = [*read, whole, _base_.pack_images]

train_dataloader = dict(
    dataset=dict(
        data_root='data/kitti/',
        ann_file='kitti_infos_trainval.pkl',
        pipeline=[*read, crop, _base_.flip_images, *turn]))
