# Similarity distillation: the recipe of reldistill_miniworld.py, another loss.
_base_ = '../reldistill_miniworld.py'

model = dict(distill_head=dict(losses=[dict(type='SimilarityLoss')]))
