# 25 % of MiniWorld: every 4th of its 80 train keyframes.
_base_ = './finetune_miniworld_random.py'

train_dataloader = dict(dataset=dict(keyframes='every_4th_keyframe'))
