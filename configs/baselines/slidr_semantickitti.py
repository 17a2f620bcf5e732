# SLidR (Sautier et al., CVPR 2022) on SemanticKITTI and its one camera, which
# its paper does not pretrain on: the recipe of reldistill_semantickitti.py.
# slidr_nus.py says what it takes over and what it cannot. Losses other than
# InfoNCE go the same way.
_base_ = '../reldistill_semantickitti.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.superpixel_pipeline))
paired_pipeline = _base_.paired_superpixel_pipeline
# From a cache all pairs, too: a few of each superpixel would say little of it.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
