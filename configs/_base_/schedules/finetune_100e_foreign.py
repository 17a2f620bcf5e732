# finetune_100e.py at the SLidR family's rates for other data than those that
# the backbone was distilled on: 0.05, head 2.
_base_ = './finetune_100e.py'

optim_wrapper = dict(
    optimizer=dict(lr=0.05),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=40))))
