# Relational distillation between superpixels: slidr_miniworld.py with the loss
# of reldistill_miniworld.py. Ours; no paper has it.
_base_ = './slidr_miniworld.py'

model = dict(distill_head=dict(losses=[dict(type='RelationalLoss')]))
