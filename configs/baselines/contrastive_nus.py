# Contrastive distillation (PPKT's loss): the recipe of reldistill_nus.py,
# another loss.
_base_ = '../reldistill_nus.py'

model = dict(distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
