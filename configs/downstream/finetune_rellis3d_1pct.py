# 1 % of RELLIS-3D: every 100th scan of its train list.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=14, ignore_index=14))

data = dict(layout='rellis3d', data_root='data/rellis3d/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
