# reldistill_camera_lidar.py on features that tools/cache_teacher.py wrote
# with this config: no images, no image tower.
_base_ = './reldistill_camera_lidar.py'

train_dataloader = dict(dataset=dict(pipeline=_base_.cached_pipeline))
