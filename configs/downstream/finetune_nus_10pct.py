# 10 % of nuScenes: every 10th train scene, as in the SLidR family.
_base_ = './finetune_nus.py'

train_dataloader = dict(dataset=dict(scenes='every_10th_scene'))
