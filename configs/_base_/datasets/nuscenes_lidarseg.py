# Keyframes of nuScenes with labels and without cameras, for segmentation
# with 3D labels: the downstream protocols.
_base_ = './nuscenes_distill.py'

input_modality = dict(use_lidar=True, use_camera=False)

train_pipeline = [
    _base_.load_points,
    dict(type='LoadPointLabels', backend_args=_base_.backend_args),
    # RandomFlip3D and GlobalRotScaleTrans.
    *_base_.train_pipeline[-3:-1],
    dict(type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])
]
test_pipeline = [
    _base_.load_points,
    dict(
        type='LoadPointLabels',
        optional=True,
        backend_args=_base_.backend_args),
    dict(type='Pack3DDetInputs', keys=['points', 'pts_semantic_mask'])
]
eval_pipeline = test_pipeline
tta_pipeline = [
    *test_pipeline[:-1],
    dict(
        type='TestTimeAug',
        transforms=[
            _base_.tta_pipeline[-1].transforms[0], [test_pipeline[-1]]
        ])
]

# A part of the labels: scenes='every_100th_scene', or
# keyframes='every_100th_keyframe'.
train_dataloader = dict(
    dataset=dict(
        pipeline=train_pipeline, modality=input_modality, keyframes=None))
val_dataloader = dict(
    dataset=dict(pipeline=test_pipeline, modality=input_modality))
test_dataloader = val_dataloader
