# Relational distillation between superpixels: the loss of reldistill_nus.py
# on the rows of slidr_nus.py. Ours; no paper has it.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.superpixel_pipeline))
paired_pipeline = _base_.paired_superpixel_pipeline
# From a cache all pairs, too: a few of each superpixel would say little of it.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='RelationalLoss')]))
