# finetune_synth4d_kitti_1pct.py as nuScenes' LiDAR sees the towns.
_base_ = './finetune_synth4d_kitti_1pct.py'

data = dict(layout='synth4d_nuscenes')
train_dataloader = dict(dataset=data)
val_dataloader = dict(dataset=data)
test_dataloader = dict(dataset=data)
