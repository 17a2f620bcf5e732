# A segmentor of finetune_nus*.py or linear_probe_nus*.py under a corruption
# of nuScenes-C: python tools/test.py configs/downstream/test_nus_c.py
# CHECKPOINT. The other corruptions and severities, one at a time:
# --cfg-options test_dataloader.dataset.data_root=data/nuscenes-c/snow/heavy
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/nuscenes_c.py',
    '../_base_/models/minkunet34_segmentor.py',
]

# All weights come from the checkpoint; nothing is trained.
model = dict(backbone=dict(init_cfg=None))
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_cfg = dict(type='TestLoop')

randomness = dict(seed=0)
