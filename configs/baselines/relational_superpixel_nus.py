# Relational distillation between superpixels: slidr_nus.py with the loss
# of reldistill_nus.py. Ours; no paper has it.
_base_ = './slidr_nus.py'

model = dict(distill_head=dict(losses=[dict(type='RelationalLoss')]))
