# One schedule for all losses: AdamW, whose steps do not depend on the size of
# the gradient, a warm-up of five epochs and a cosine down. Under SGD one rate
# is another length of step for each loss: on the pairs of a real keyframe the
# gradients of the weights go from 0.6 (intra-modal relational) over 1.4
# (similarity) and 2.3 (relational) to 14 and 23 (contrastive, ST-SLidR); see
# "Learning rates" in docs/losses.md.
# The field's newer recipes for MinkUNet34 train so: SuperFlow (ECCV 2024; its
# public code: 0.01, weight decay 0.01, a fifth of 100 epochs as warm-up, batch
# 32) and ScaLR (CVPR 2024) at 0.002. Batch, length and share of the warm-up
# are ours. tools/choose_rate.py tries other rates without labels;
# sgd_cosine_50e.py is what the SLidR family trains with.
lr = 0.01
max_epochs = 50

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=lr, weight_decay=0.01),
    clip_grad=None)

param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=lr,
        pct_start=0.1,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]

# Batch statistics of all GPUs, as the SLidR family has them: 8 clouds of one
# GPU are few. One process has no need of it, and CPUs cannot.
sync_bn = 'torch'

train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

auto_scale_lr = dict(enable=False, base_batch_size=16)
