# 1 % of MiniWorld: every 80th of its 80 train keyframes, thus one.
_base_ = './finetune_miniworld_random.py'

train_dataloader = dict(dataset=dict(keyframes='every_80th_keyframe'))
