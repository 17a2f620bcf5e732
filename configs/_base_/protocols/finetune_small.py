# What fine-tuning on MiniWorld and on its other town share: all but the data.
# One core trains either in a minute.
_base_ = [
    '../default_runtime.py',
    '../models/small_minkunet_segmentor.py',
    '../schedules/finetune_150i.py',
]

# For the loaders, which belong to the base of the data.
workers = dict(num_workers=0, persistent_workers=False)

log_processor = dict(by_epoch=False)
default_hooks = dict(
    logger=dict(interval=20), checkpoint=dict(by_epoch=False, interval=150))
randomness = dict(seed=0)
