# finetune_kitti.py on MiniWorld's other town with the student of
# reldistill_miniworld.py: out of the distribution that it was distilled on.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/semantickitti_lidarseg.py',
    '../_base_/models/minkunet34_segmentor.py',
    '../_base_/models/small_minkunet.py',
    '../_base_/schedules/finetune_150i.py',
]

model = dict(
    **_base_.small_student,
    decode_head=dict(**_base_.small_head, num_classes=19, ignore_index=19))

data = dict(data_root='data/miniworld_other/')
train_dataloader = dict(
    **_base_.small_loader,
    batch_size=2,
    sampler=dict(type='InfiniteSampler'),
    dataset=data)
val_dataloader = dict(**_base_.small_loader, dataset=data)
test_dataloader = dict(**_base_.small_loader, dataset=data)

log_processor = dict(by_epoch=False)
default_hooks = _base_.hooks_by_iteration
randomness = dict(seed=0)
