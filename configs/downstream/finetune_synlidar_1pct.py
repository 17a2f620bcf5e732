# 1 % of SynLiDAR: every 100th train scan.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=19, ignore_index=19))

data = dict(layout='synlidar', data_root='data/synlidar/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
