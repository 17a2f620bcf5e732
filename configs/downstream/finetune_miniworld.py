# finetune_nus.py on the embedded MiniWorld with the student of
# reldistill_miniworld.py: one core trains it in a minute.
_base_ = [
    '../_base_/datasets/nuscenes_lidarseg.py',
    '../_base_/protocols/finetune_small.py',
]

data = dict(
    data_root='data/miniworld/',
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
train_dataloader = dict(
    **_base_.workers,
    batch_size=2,
    sampler=dict(type='InfiniteSampler'),
    dataset=data)
val_dataloader = dict(**_base_.workers, dataset=data)
test_dataloader = dict(**_base_.workers, dataset=data)
