# Relational distillation of CLIP ViT-B/16 into MinkUNet34 on nuScenes.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/nuscenes_distill.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/schedules/adamw_onecycle_50e.py',
]

randomness = dict(seed=0)
