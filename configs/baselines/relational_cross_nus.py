# The cross-modal relational term alone: reldistill_nus.py without the
# intra-modal one.
_base_ = '../reldistill_nus.py'

model = dict(
    distill_head=dict(losses=[dict(type='RelationalLoss', intra_weight=0.)]))
