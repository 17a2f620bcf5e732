# 1 % of SemanticKITTI: every 100th train scan, as in the SLidR family.
_base_ = './finetune_kitti.py'

train_dataloader = dict(dataset=dict(scans='every_100th_scan'))
