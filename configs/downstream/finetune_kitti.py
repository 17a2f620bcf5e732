# MinkUNet34 from a backbone distilled on nuScenes, fine-tuned on
# SemanticKITTI: out of distribution.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/semantickitti_lidarseg.py',
    '../_base_/models/minkunet34_segmentor.py',
    '../_base_/schedules/finetune_100e_foreign.py',
]

model = dict(decode_head=dict(num_classes=19, ignore_index=19))
train_dataloader = dict(batch_size=16)

randomness = dict(seed=0)
