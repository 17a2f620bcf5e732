# Relational distillation of CLIP ViT-B/16 into MinkUNet34 on SemanticKITTI
# with its left colour camera.
_base_ = [
    './_base_/default_runtime.py',
    './_base_/datasets/semantickitti_distill.py',
    './_base_/models/minkunet34_openclip.py',
    './_base_/schedules/adamw_onecycle_50e.py',
]

words = __import__('reldistill_mm').vocabulary('semantickitti')
model = dict(
    zero_shot_head=dict(
        classes=list(words), vocabulary=dict(_delete_=True, **words)))

randomness = dict(seed=0)
