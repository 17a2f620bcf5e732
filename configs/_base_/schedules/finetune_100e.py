# The SLidR family's fine-tuning: batch 16, 100 epochs, and a head that starts
# from nothing learns a hundred times as fast as the backbone.
lr = 0.02
max_epochs = 100

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='SGD', lr=lr, momentum=0.9, dampening=0.1, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=100))),
    clip_grad=None)
param_scheduler = [
    dict(
        type='CosineAnnealingLR',
        T_max=max_epochs,
        begin=0,
        end=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=0)
]

# The last epoch is what counts.
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=25)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

auto_scale_lr = dict(enable=False, base_batch_size=16)

# What `tools/run_protocol.py --start NAME` changes. 'random' is the baseline
# without pretraining: random weights, one learning rate for all of them. By
# hand: --cfg-options model.backbone.init_cfg=None
# optim_wrapper.optimizer.lr=0.05 optim_wrapper.paramwise_cfg=None
starts = dict(
    random=dict(
        model=dict(backbone=dict(init_cfg=None)),
        optim_wrapper=dict(optimizer=dict(lr=0.05), paramwise_cfg=None)))
