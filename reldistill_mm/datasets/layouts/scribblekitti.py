"""ScribbleKITTI (Unal et al., CVPR 2022): scribbles on SemanticKITTI.

Trained on scribbles, tested on SemanticKITTI's full labels.
"""
from . import semantickitti

LAYOUT = semantickitti.LAYOUT._replace(
    # README: labels in `scribbles` beside `velodyne`, train sequences only;
    # dataloader/semantickitti.py: validation on `labels`.
    source='https://github.com/ouenal/scribblekitti',
    label='sequences/{sequence}/scribbles/{name}.label',
    split_labels=dict(val=semantickitti.LAYOUT.label))
