# The baseline of linear_probe_miniworld.py: a random backbone.
_base_ = './linear_probe_miniworld.py'

model = dict(backbone=dict(init_cfg=None))
