# 1 % of nuScenes: every 100th train keyframe, as in CLIP2Scene.
_base_ = './finetune_nus.py'

train_dataloader = dict(dataset=dict(keyframes='every_100th_keyframe'))
