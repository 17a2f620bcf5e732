# The intra-modal relational term alone: reldistill_nus.py without the
# cross-modal one, so that nothing ties the student's axes to CLIP's words.
# Rate: AdamW at that of all losses (schedules/adamw_onecycle_50e.py says why).
_base_ = '../reldistill_nus.py'

model = dict(
    distill_head=dict(losses=[dict(type='RelationalLoss', cross_weight=0.)]))
