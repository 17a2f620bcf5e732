# ScaLR (Puy et al., CVPR 2024): the distance of every pair of one random
# camera of each keyframe, without negatives or words. scalr_nus.py says what
# it takes over and what it cannot. No DINOv2 knows MiniWorld, and a timm model
# with random weights teaches nothing: the teacher is the image tower of
# MiniWorld's CLIP, with its words left out. So this exercises the pipeline,
# the loss and validation without words, and says nothing about self-supervised
# features. MiniWorld's schedule is AdamW with a warm-up and a cosine already;
# images are flipped as in its recipe.
_base_ = '../reldistill_miniworld.py'

# From a cache all pairs, too, of all cameras.
cached_pipeline = _base_.all_cached_pipeline
model = dict(
    pair_sampler=None,
    distill_head=dict(losses=[dict(type='SimilarityLoss', distance='l2')]),
    zero_shot_head=None)
