# A linear classifier on the frozen backbone, all labels of nuScenes.
_base_ = './finetune_nus.py'

model = dict(type='LinearProbeMinkUNet')
optim_wrapper = dict(optimizer=dict(lr=0.05), paramwise_cfg=None)
