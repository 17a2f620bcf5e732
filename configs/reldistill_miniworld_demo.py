# reldistill_miniworld_cached.py in the minutes that `make demo` has: fewer
# epochs, and turns of mmdet3d's range for detection on nuScenes, which the few
# epochs learn sooner than full turns.
_base_ = './reldistill_miniworld_cached.py'

max_epochs = 20

turn = dict(_base_.cached_pipeline[-2], rot_range=[-0.3925, 0.3925])
cached_pipeline = [
    *_base_.cached_pipeline[:-2], turn, _base_.cached_pipeline[-1]
]

train_dataloader = dict(dataset=dict(pipeline=cached_pipeline))
param_scheduler = [dict(_base_.param_scheduler[0], total_steps=max_epochs)]
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
