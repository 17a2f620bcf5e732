# The cross-modal relational term alone: reldistill_nus.py without the
# intra-modal one.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

model = dict(
    distill_head=dict(losses=[dict(type='RelationalLoss', intra_weight=0.)]))
