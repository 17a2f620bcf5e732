# ST-SLidR (Mahmoud et al., CVPR 2023): slidr_nus.py with negatives
# of the same meaning left out and crowds weighed down.
# Taken over: the share of negatives left out (0.01), the least similarity of
# a crowd (0.5) and the temperature (0.07) of its public code. Not taken over:
# those numbers suit features of MoCo, among which few are alike; more of
# CLIP's are (crowd_similarity). What is left out is gone from the sum, where
# that code has exp(0).
_base_ = './slidr_nus.py'

model = dict(distill_head=dict(losses=[dict(type='TolerantContrastiveLoss')]))
