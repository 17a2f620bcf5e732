# finetune_100e.py for worlds of a few dozen frames: one core trains them in a
# minute. Counted in iterations, so that one labelled frame gets as many as all
# of them.
_base_ = './finetune_100e.py'

max_iters = 150

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

# For the config: these keys belong to the bases of runtime and data.
hooks_by_iteration = dict(
    logger=dict(interval=20),
    checkpoint=dict(by_epoch=False, interval=max_iters))
small_loader = dict(num_workers=0, persistent_workers=False)
