# PPKT (Liu et al., 2021): ppkt_nus.py says what it takes over and what it
# cannot. MiniWorld's CLIP is a ResNet already, so this is
# contrastive_miniworld.py under the method's name; its map has a cell for each
# 16 pixels, as in all of MiniWorld's recipes, and not for each 32.
_base_ = '../reldistill_miniworld.py'

model = dict(distill_head=dict(losses=[dict(type='ContrastiveLoss')]))
