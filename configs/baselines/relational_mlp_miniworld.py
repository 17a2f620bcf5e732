# Relational distillation through an MLP of three layers instead of a linear
# one: the recipe of reldistill_miniworld.py, another projector. It is left
# behind when the student is fine-tuned, and labels points by words as ever.
_base_ = '../reldistill_miniworld.py'

model = dict(projector=dict(layers=3))
