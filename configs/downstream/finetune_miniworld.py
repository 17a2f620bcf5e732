# finetune_nus.py on the embedded MiniWorld with the student of
# reldistill_miniworld.py: one core trains it in a minute.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuscenes_lidarseg.py',
    '../_base_/models/small_minkunet_segmentor.py',
    '../_base_/schedules/finetune_150i.py',
]

data = dict(
    data_root='data/miniworld/',
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
workers = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    **workers,
    batch_size=2,
    sampler=dict(type='InfiniteSampler'),
    dataset=data)
val_dataloader = dict(**workers, dataset=data)
test_dataloader = dict(**workers, dataset=data)

log_processor = dict(by_epoch=False)
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(by_epoch=False, interval=150))
randomness = dict(seed=0)
