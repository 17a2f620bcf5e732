# Relational distillation on pairs drawn evenly over occupied voxels of each
# sample, so that what is near the sensor does not outweigh the rest: the
# recipe of reldistill_nus.py, another sampler. Ours; no paper has it.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

model = dict(pair_sampler=dict(type='EvenOverVoxels'))
