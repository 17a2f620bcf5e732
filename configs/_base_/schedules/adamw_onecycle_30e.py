# A schedule for worlds of a few dozen frames, one per step. Of 0.003, 0.01,
# 0.03 and 0.1 this rate leaves the lowest loss after 4 epochs of MiniWorld, or
# one that is equal to it within 0.5 %, with each of five losses
# (projects/StructuralGap/results/learning_rates.json). On the large world most
# losses choose 0.01 (projects/MethodTable, which sets each method's own).
lr = 3e-2
max_epochs = 30

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=lr, weight_decay=0.01))
param_scheduler = [
    dict(
        type='OneCycleLR',
        eta_max=lr,
        pct_start=0.1,
        total_steps=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True)
]
train_cfg = dict(
    type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=1)
