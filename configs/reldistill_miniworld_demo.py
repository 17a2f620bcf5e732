# reldistill_miniworld_cached.py in the minutes that `make demo` has: two
# keyframes per step, which two processes share on a CPU (on small clouds a
# second thread gains nothing), fewer pairs of each, and turns of mmdet3d's
# range for detection on nuScenes, which are learned sooner than full turns.
_base_ = './reldistill_miniworld.py'

load_cached_pairs = dict(_base_.load_cached_pairs, num_pairs=1024)
turn_cloud = dict(_base_.turn_cloud, rot_range=[-0.3925, 0.3925])
cached_pipeline = [
    _base_.load_points, load_cached_pairs, _base_.flip_cloud, turn_cloud,
    _base_.pack_points
]

train_dataloader = dict(batch_size=2, dataset=dict(pipeline=cached_pipeline))
# mmengine's own choice, a CUDA device of each process, fails on a CPU.
model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
