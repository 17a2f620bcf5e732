# 1 % of DAPS-1, the first part of DAPS-3D: every 100th train scan.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=4, ignore_index=4))

data = dict(layout='daps3d', data_root='data/daps3d/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
