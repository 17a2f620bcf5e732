# 1 % of ScribbleKITTI: every 100th train scan, labelled by scribbles.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=19, ignore_index=19))

data = dict(layout='scribblekitti', data_root='data/scribblekitti/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
