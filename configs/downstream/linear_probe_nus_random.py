# The baseline of linear_probe_nus.py: a random backbone.
_base_ = './linear_probe_nus.py'

model = dict(backbone=dict(init_cfg=None))
