# The baseline of finetune_semanticstf_1pct.py: random weights,
# one learning rate.
_base_ = './finetune_semanticstf_1pct.py'

model = dict(backbone=dict(init_cfg=None))
optim_wrapper = dict(optimizer=dict(lr=0.05), paramwise_cfg=None)
