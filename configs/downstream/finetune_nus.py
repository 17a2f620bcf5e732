# MinkUNet34 from a distilled backbone, fine-tuned on all labels of nuScenes.
# Batch 16 on one GPU.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuscenes_lidarseg.py',
    '../_base_/models/minkunet34_segmentor.py',
    '../_base_/schedules/finetune_100e.py',
]

train_dataloader = dict(batch_size=16)

randomness = dict(seed=0)
