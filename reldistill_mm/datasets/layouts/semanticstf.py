"""SemanticSTF (Xiao et al., CVPR 2023): fog, snow and rain."""
from . import semantickitti
from .layout import Layout

LAYOUT = Layout(
    # README for the folders; PointDR/core/datasets/semantic_stf.py for five
    # columns, intensities up to 255 and the ids 1 to 19, which are
    # SemanticKITTI's classes in their order (20: invalid).
    source='https://github.com/xiaoaoran/SemanticSTF',
    classes={
        name: (label, )
        for label, name in enumerate(semantickitti.CLASSES, 1)
    },
    scan='{sequence}/velodyne/{name}.bin',
    label='{sequence}/labels/{name}.label',
    splits=dict(train=('train', ), val=('val', ), test=('test', )),
    columns=5,
    intensity=255)
