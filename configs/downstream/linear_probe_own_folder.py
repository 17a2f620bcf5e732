# A linear classifier on the frozen backbone, on labels of one's own: a
# logistic regression that has converged (LinearFitLoop).
_base_ = './finetune_own_folder.py'

model = dict(type='LinearProbeMinkUNet')
train_dataloader = dict(
    batch_size=1,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=_base_.probe_pipeline))
# Features are computed once and no optimizer has a say.
train_cfg = dict(_delete_=True, type='LinearFitLoop')
param_scheduler = []
