# ST-SLidR (Mahmoud et al., CVPR 2023): slidr_miniworld.py with negatives
# of the same meaning left out and crowds weighed down.
# What it takes over and what it cannot stands in stslidr_nus.py and
# slidr_nus.py.
_base_ = './slidr_miniworld.py'

model = dict(distill_head=dict(losses=[dict(type='TolerantContrastiveLoss')]))
