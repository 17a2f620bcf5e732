# finetune_synth4d_kitti_1pct.py as nuScenes' LiDAR sees the towns.
_base_ = '../_base_/protocols/finetune_folder_1pct.py'

model = dict(decode_head=dict(num_classes=7, ignore_index=7))

data = dict(layout='synth4d_nuscenes', data_root='data/synth4d/', split='all')
train_dataloader = dict(
    dataset=dict(**data, sequences=['Town03', 'Town06', 'Town07']))
val_dataloader = dict(dataset=dict(**data, sequences=['Town10HD']))
test_dataloader = val_dataloader
