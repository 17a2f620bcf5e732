# Contrastive distillation (PPKT's loss): the recipe of reldistill_nus.py,
# another loss.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

model = dict(distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
