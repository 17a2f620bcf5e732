# OpenScene (Peng et al., CVPR 2023): the cosine distance of all pairs, and
# teacher and student together at test time.
# Taken over: the loss on every pair, and the ensemble, which takes for each
# visible point the more certain of the two. Ours: a projector of three layers
# (OpenScene ends in one). Not taken over: the teacher is CLIP's dense map and
# not OpenSeg or LSeg, which were trained on masks (FileTeacher reads features
# of theirs); a point that two cameras see is two pairs, not one mean;
# schedule, crops and turns are those of reldistill_nus.py, not Adam at 1e-4
# for 100 epochs on voxels of 0.05 m. Validation runs the teacher, too.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

# From a cache all pairs, too.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    projector=dict(layers=3),
    pair_sampler=None,
    distill_head=dict(losses=[dict(type='SimilarityLoss')]),
    ensemble=dict(type='BestOfTwo'))
val_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
