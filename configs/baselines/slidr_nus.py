# SLidR (Sautier et al., CVPR 2022): InfoNCE between superpixels, not pairs.
# Taken over: SLIC (150 segments, compactness 6, sigma 3), a row for each
# superpixel of each image, temperature 0.07; schedule, crops and flips are
# those of reldistill_nus.py. Not taken over: the teacher is CLIP and not a
# ResNet-50 of MoCo, whose weights and trained image head are not here; SLIC
# runs on the crops in the loader (tools/make_superpixels.py does so on whole
# images, as SLidR; then LoadSuperpixels takes the place of slic, right after
# pair); a superpixel's teacher row is the mean at its pairs, not at all of its
# pixels; pooled rows are normalised again, where SLidR leaves them shorter
# than 1; cuboids are not dropped; points that something nearer hides are left
# out (pair); voxels are Cartesian.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why),
# not the family's SGD at 0.5 (sgd_cosine_50e.py).
_base_ = '../reldistill_nus.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.superpixel_pipeline))
paired_pipeline = _base_.paired_superpixel_pipeline
# From a cache all pairs, too: a few of each superpixel would say little of it.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    pair_sampler=dict(_delete_=True, type='SuperpixelPool'),
    distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
