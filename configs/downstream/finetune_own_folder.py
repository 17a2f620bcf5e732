# MinkUNet34 from a distilled backbone, fine-tuned on labels of one's own: a
# child gives the folder and its table ("Labels of your own" in
# docs/own_data.md). Batch 16 on one GPU.
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/own_folder.py',
    '../_base_/models/minkunet34_segmentor.py',
    '../_base_/schedules/finetune_100e_foreign.py',
]

# None: as many as the table has classes.
model = dict(decode_head=dict(num_classes=None, ignore_index=None))
train_dataloader = dict(batch_size=16)

randomness = dict(seed=0)
