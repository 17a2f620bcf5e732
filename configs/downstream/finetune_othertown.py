# finetune_kitti.py on MiniWorld's other town with the student of
# reldistill_miniworld.py: out of the distribution that it was distilled on.
_base_ = [
    '../_base_/datasets/semantickitti_lidarseg.py',
    '../_base_/protocols/finetune_small.py',
]

model = dict(decode_head=dict(num_classes=19, ignore_index=19))

data = dict(data_root='data/miniworld_other/')
train_dataloader = dict(
    **_base_.workers,
    batch_size=2,
    sampler=dict(type='InfiniteSampler'),
    dataset=data)
val_dataloader = dict(**_base_.workers, dataset=data)
test_dataloader = dict(**_base_.workers, dataset=data)
