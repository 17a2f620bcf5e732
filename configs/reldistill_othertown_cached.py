# reldistill_othertown.py on features that tools/cache_teacher.py wrote
# with this config: no images, no image tower.
# The features are those of whole images: the random flips of images are
# left out, so that a pixel's feature never varies.
_base_ = './reldistill_othertown.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.cached_pipeline))
