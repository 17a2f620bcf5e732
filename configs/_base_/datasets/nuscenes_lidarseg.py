# Keyframes of nuScenes with labels and without cameras, for segmentation
# with 3D labels: the downstream protocols.
_base_ = ['./nuscenes.py', './steps.py']

input_modality = dict(use_lidar=True, use_camera=False)

train_pipeline = [
    _base_.load_points, _base_.load_labels, _base_.flip_cloud,
    _base_.turn_cloud, _base_.pack_segmentation
]
# For features that are computed once: the clouds as they are.
probe_pipeline = [
    _base_.load_points, _base_.load_labels, _base_.pack_segmentation
]
test_pipeline = [
    _base_.load_points, _base_.load_labels_if_any, _base_.pack_segmentation
]
eval_pipeline = test_pipeline
tta_pipeline = [
    _base_.load_points, _base_.load_labels_if_any,
    _base_.flip_and_pack_segmentation
]

# A part of the labels: scenes='every_100th_scene', or
# keyframes='every_100th_keyframe'.
train_dataloader = dict(
    **_base_.train_loader,
    dataset=dict(
        **_base_.train_data,
        pipeline=train_pipeline,
        modality=input_modality,
        keyframes=None))
val_dataloader = dict(
    **_base_.val_loader,
    dataset=dict(
        **_base_.val_data, pipeline=test_pipeline, modality=input_modality))
test_dataloader = val_dataloader
