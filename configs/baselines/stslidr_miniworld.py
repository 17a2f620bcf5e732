# ST-SLidR (Mahmoud et al., CVPR 2023): SLidR with negatives of the same
# meaning left out and crowds weighed down. What it takes over and what it
# cannot stands in stslidr_nus.py and slidr_nus.py.
_base_ = '../reldistill_miniworld.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.superpixel_pipeline))
paired_pipeline = _base_.paired_superpixel_pipeline
model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='TolerantContrastiveLoss')]))
