# Relational distillation on the embedded MiniWorld: the recipe of
# reldistill_nus.py at a size that a laptop's CPU trains in minutes.
_base_ = './reldistill_nus.py'

data_root = 'data/miniworld/'
image_size = (224, 416)
max_epochs = 10

width = 16
model = dict(
    backbone=dict(
        base_channels=width,
        encoder_channels=[width, 2 * width, 4 * width, 8 * width],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[4 * width, 4 * width, 2 * width, 2 * width],
        decoder_blocks=[1, 1, 1, 1]),
    projector=dict(in_channels=2 * width, out_channels=128),
    teacher=dict(
        model=__import__('reldistill_mm').tiny_clip_model(), pretrained=None),
    distill_head=dict(num_pairs=2048))

data = dict(
    data_root=data_root,
    data_prefix=dict(pts_semantic_mask='lidarseg/v1.0-mini'))
train_dataloader = dict(batch_size=2, num_workers=1, dataset=data)
val_dataloader = dict(num_workers=1, dataset=data)
test_dataloader = val_dataloader

optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=0.01))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=3e-3,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
default_hooks = dict(logger=dict(interval=10))
