# The SLidR family's pretraining schedule: batch 16 (2 GPUs x 8), 50 epochs.
lr = 0.5
max_epochs = 50

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(
        type='SGD', lr=lr, momentum=0.9, dampening=0.1, weight_decay=1e-4),
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

# Batch statistics of all GPUs, as the SLidR family has them: 8 clouds of one
# GPU are few. One process has no need of it, and CPUs cannot.
sync_bn = 'torch'

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

auto_scale_lr = dict(enable=False, base_batch_size=16)
