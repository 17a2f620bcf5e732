# reldistill_nus.py on features that tools/cache_teacher.py wrote with
# this config: no images, no image tower, all cameras in every step.
# The features are those of whole images: the random crops and flips of
# images are left out, so that a pixel's feature never varies.
_base_ = './reldistill_nus.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.cached_pipeline))
