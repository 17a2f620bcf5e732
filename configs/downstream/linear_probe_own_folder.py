# A linear classifier on the frozen backbone, on labels of one's own.
_base_ = './finetune_own_folder.py'

model = dict(type='LinearProbeMinkUNet')
optim_wrapper = dict(optimizer=dict(lr=0.05), paramwise_cfg=None)
