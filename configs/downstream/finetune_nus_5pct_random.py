# 5 % of nuScenes: every 20th train scene, as in the SLidR family.
_base_ = './finetune_nus_random.py'

train_dataloader = dict(dataset=dict(scenes='every_20th_scene'))
