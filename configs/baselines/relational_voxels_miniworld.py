# Relational distillation on pairs drawn evenly over occupied voxels of each
# sample, so that what is near the sensor does not outweigh the rest: the
# recipe of reldistill_miniworld.py, another sampler. Ours; no paper has it.
_base_ = '../reldistill_miniworld.py'

# From a cache all pairs: of 2048 drawn at random, all 2048 would be taken.
cached_pipeline = _base_.all_cached_pipeline
model = dict(pair_sampler=dict(type='EvenOverVoxels'))
