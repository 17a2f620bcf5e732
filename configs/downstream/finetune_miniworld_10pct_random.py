# 10 % of MiniWorld: every 10th of its 80 train keyframes.
_base_ = './finetune_miniworld_random.py'

train_dataloader = dict(dataset=dict(keyframes='every_10th_keyframe'))
