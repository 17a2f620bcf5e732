# OpenScene (Peng et al., CVPR 2023): the cosine distance of all pairs, and
# teacher and student together at test time. openscene_nus.py says what it
# takes over and what it cannot; each step has the pairs of one camera, as in
# MiniWorld's recipe.
_base_ = '../reldistill_miniworld.py'

# From a cache all pairs, too.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    projector=dict(layers=3),
    pair_sampler=None,
    distill_head=dict(losses=[dict(type='SimilarityLoss')]),
    ensemble=dict(type='BestOfTwo'))
val_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
