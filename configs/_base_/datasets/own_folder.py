# A folder of labelled scans of one's own, without info files and cameras. What
# a child gives, once for all three loaders:
#     train_dataloader = dict(dataset=dict(data_root='data/own/', layout=dict(
#         classes=dict(car=1, road=[2, 3]),
#         scan='points/{name}.bin',
#         label='labels/{name}.label',
#         splits=dict(train='train.txt', val=['night_*']))))
# Scans are .bin, .pcd, .ply or .npy; labels .label, .bin, .npy or a field of a
# .pcd or .ply. See "Labels of your own" in docs/own_data.md.
_base_ = './steps.py'

# Arguments of mmengine's file backend, for files that lie elsewhere.
backend_args = dict()

# Which factor brings the intensities to 0 to 255 is found on the first scan;
# intensity_scale, or layout.intensity, says it.
load_points = dict(type='LoadScanPoints', backend_args=backend_args)
load_labels = dict(type='LoadScanLabels', backend_args=backend_args)
load_labels_if_any = dict(load_labels, optional=True)

train_pipeline = [
    load_points, load_labels, _base_.flip_cloud,
    _base_.turn_scale_and_shift_cloud, _base_.pack_segmentation
]
# For features that are computed once: the clouds as they are.
probe_pipeline = [load_points, load_labels, _base_.pack_segmentation]
test_pipeline = [load_points, load_labels_if_any, _base_.pack_segmentation]
eval_pipeline = test_pipeline
tta_pipeline = [
    load_points, load_labels_if_any, _base_.flip_and_pack_segmentation
]

# Where layout is empty and data_root None, those of training are taken.
data = dict(
    type='LidarSegFolderDataset',
    layout=dict(),
    data_root=None,
    backend_args=backend_args)
train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(**data, split='train', scans=None, pipeline=train_pipeline))
val_dataloader = dict(
    **_base_.val_loader,
    dataset=dict(**data, split='val', pipeline=test_pipeline, test_mode=True))
test_dataloader = val_dataloader
