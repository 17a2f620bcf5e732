# 1 % of SemanticPOSS: every 100th train scan.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=13, ignore_index=13))

data = dict(layout='semanticposs', data_root='data/semanticposs/')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
