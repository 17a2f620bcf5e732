# The SLidR family's fine-tuning: batch 16, 100 epochs, and a head that starts
# from nothing learns a hundred times as fast as the backbone.
_base_ = './sgd_cosine_50e.py'

lr = 0.02
max_epochs = 100

optim_wrapper = dict(
    optimizer=dict(lr=lr),
    paramwise_cfg=dict(custom_keys=dict(decode_head=dict(lr_mult=100))))
param_scheduler = [
    dict(_base_.param_scheduler[0], T_max=max_epochs, end=max_epochs)
]
# The last epoch is what counts.
train_cfg = dict(max_epochs=max_epochs, val_interval=25)
