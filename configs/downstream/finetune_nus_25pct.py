# 25 % of nuScenes: every 4th train scene, as in the SLidR family.
_base_ = './finetune_nus.py'

train_dataloader = dict(dataset=dict(scenes='every_4th_scene'))
