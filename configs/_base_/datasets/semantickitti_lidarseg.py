# Scans and labels of SemanticKITTI, without images: what is trained on labels
# or tested on them.
_base_ = ['./semantickitti.py', './steps.py']

input_modality = dict(use_lidar=True, use_camera=False)

train_pipeline = [
    _base_.load_points, _base_.load_labels, _base_.flip_cloud,
    _base_.turn_scale_and_shift_cloud, _base_.pack_segmentation
]
test_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.pack_segmentation
]
eval_pipeline = test_pipeline
tta_pipeline = [
    _base_.load_points, _base_.load_labels_if_any,
    _base_.flip_and_pack_segmentation
]

# A part of the labels: scans='every_100th_scan'.
train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(
        **_base_.train_data, pipeline=train_pipeline, modality=input_modality))
val_dataloader = dict(
    **_base_.val_loader,
    dataset=dict(
        **_base_.val_data, pipeline=test_pipeline, modality=input_modality))
test_dataloader = val_dataloader
