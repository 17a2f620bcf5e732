# reldistill_miniworld_cached.py in the minutes that `make demo` has: two key
# frames a step, which two processes share on a CPU (on small clouds a second
# thread gains nothing), fewer pairs of each, and turns of mmdet3d's range for
# detection on nuScenes, which are learned sooner than full turns.
_base_ = './reldistill_miniworld_cached.py'

pairs = dict(_base_.cached_pipeline[1], num_pairs=1024)
turn = dict(_base_.cached_pipeline[-2], rot_range=[-0.3925, 0.3925])
cached_pipeline = [
    _base_.cached_pipeline[0], pairs, *_base_.cached_pipeline[2:-2], turn,
    _base_.cached_pipeline[-1]
]

train_dataloader = dict(batch_size=2, dataset=dict(pipeline=cached_pipeline))
# mmengine's own choice, a CUDA device of each process, fails on a CPU.
model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
