# 1 % of the labelled frames of Waymo: every 100th one to train on.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=22, ignore_index=22))

data = dict(layout='waymo', data_root='data/waymo/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
