# A linear classifier on the frozen backbone, all labels of MiniWorld: a
# logistic regression that has converged (LinearFitLoop).
# Another part of the labels: --cfg-options
# train_dataloader.dataset.keyframes=every_80th_keyframe.
_base_ = './finetune_miniworld.py'

model = dict(type='LinearProbeMinkUNet')
train_dataloader = dict(
    batch_size=1,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=_base_.probe_pipeline))
# Features are computed once and no optimizer has a say.
train_cfg = dict(_delete_=True, type='LinearFitLoop')
param_scheduler = []

log_processor = dict(by_epoch=True)
default_hooks = dict(checkpoint=dict(by_epoch=True, interval=1))
