# ST-SLidR (Mahmoud et al., CVPR 2023): SLidR with negatives of the same
# meaning left out and less weight on crowds. stslidr_nus.py and slidr_nus.py
# say what it takes over and what it cannot.
_base_ = '../reldistill_miniworld.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.superpixel_pipeline))
paired_pipeline = _base_.paired_superpixel_pipeline
# From a cache all pairs, too: a few of each superpixel would say little of it.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='TolerantContrastiveLoss')]))
