# finetune_100e.py for worlds of a few dozen frames. Counted in iterations, so
# that one labelled frame gets as many as all of them.
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
