# tools/test.py with mIoU of teacher (2D), student (3D) and both: OpenScene's
# ensemble. The teacher runs too, so images are read.
_base_ = './reldistill_nus.py'

model = dict(ensemble=dict(type='BestOfTwo'))
test_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
