# 1 % of nuScenes: every 100th train scene, as in the SLidR family.
_base_ = './finetune_nus.py'

train_dataloader = dict(dataset=dict(scenes='every_100th_scene'))
