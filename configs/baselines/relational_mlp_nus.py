# Relational distillation through an MLP of three layers instead of a linear
# one: the recipe of reldistill_nus.py, another projector. It is left behind
# when the student is fine-tuned, and labels points by words as ever.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

model = dict(projector=dict(layers=3))
