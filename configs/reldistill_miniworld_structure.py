# tools/test.py with uniformity, tolerance, modality gap and CKA beside mIoU.
# The teacher runs too, so images are read.
_base_ = './reldistill_miniworld.py'

test_dataloader = dict(dataset=dict(pipeline=_base_.paired_pipeline))
test_evaluator = [dict(type='PointSegMetric'), dict(type='StructureMetric')]
