# A linear classifier on the frozen backbone, all labels of MiniWorld.
_base_ = './finetune_miniworld.py'

model = dict(type='LinearProbeMinkUNet')
optim_wrapper = dict(optimizer=dict(lr=0.05), paramwise_cfg=None)
