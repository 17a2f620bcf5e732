# Relational distillation of CLIP ViT-B/16 into MinkUNet34 on any cameras and
# LiDAR, without labels: see "Your own data" in the documentation.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/camera_lidar.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/schedules/adamw_onecycle_50e.py',
]

# Nothing to judge by, until a child has keyframes with labels.
val_dataloader = val_cfg = val_evaluator = None
test_dataloader = test_cfg = test_evaluator = None

randomness = dict(seed=0)
