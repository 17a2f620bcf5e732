# finetune_nus.py on the embedded MiniWorld with the student of
# reldistill_miniworld.py: one core trains it in a minute.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuscenes_lidarseg.py',
    '../_base_/models/minkunet34_segmentor.py',
    '../_base_/models/small_minkunet.py',
    '../_base_/schedules/finetune_150i.py',
]

model = dict(**_base_.small_student, decode_head=_base_.small_head)

data = dict(
    data_root='data/miniworld/',
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
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
