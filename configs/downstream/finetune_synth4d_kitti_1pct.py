# 1 % of Synth4D as SemanticKITTI's LiDAR sees it: every 100th scan of three of
# its towns, tested on the fourth. The choice of towns is ours: its own split
# mixes them, see the layout.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=7, ignore_index=7))

data = dict(layout='synth4d_kitti', data_root='data/synth4d/', split='all')
train_dataloader = dict(
    dataset=dict(**data, sequences=['Town03', 'Town06', 'Town07']))
val_dataloader = dict(dataset=dict(**data, sequences=['Town10HD']))
test_dataloader = val_dataloader
