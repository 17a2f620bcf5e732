# The least part of other town: every 24th of its 24 train scans, thus one.
_base_ = './finetune_othertown_random.py'

train_dataloader = dict(dataset=dict(scans='every_24th_scan'))
