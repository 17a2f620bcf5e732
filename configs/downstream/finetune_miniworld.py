# finetune_nus.py on the embedded MiniWorld with the student of
# reldistill_miniworld.py, at a size that one core trains in a minute. Counted
# in iterations: a small part of the labels gets as many as all of them.
_base_ = './finetune_nus.py'

data_root = 'data/miniworld/'
max_iters = 300
width = 16

model = dict(
    data_preprocessor=dict(voxel_layer=dict(voxel_size=[0.4, 0.4, 0.4])),
    backbone=dict(
        base_channels=width,
        encoder_channels=[width, 2 * width, 4 * width, 8 * width],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[4 * width, 4 * width, 2 * width, 2 * width],
        decoder_blocks=[1, 1, 1, 1]),
    decode_head=dict(channels=2 * width))

data = dict(
    data_root=data_root,
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
workers = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(
    **workers,
    batch_size=4,
    sampler=dict(type='InfiniteSampler'),
    dataset=data)
val_dataloader = dict(**workers, dataset=data)
test_dataloader = dict(**workers, dataset=data)

param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=max_iters,
        begin=0,
        end=max_iters,
        by_epoch=False,
        eta_min=0)
]
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=max_iters,
    val_interval=max_iters)
log_processor = dict(by_epoch=False)
default_hooks = dict(
    logger=dict(interval=20),
    checkpoint=dict(by_epoch=False, interval=max_iters))
