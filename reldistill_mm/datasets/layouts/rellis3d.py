"""RELLIS-3D (Jiang et al., 2020): off the road, Ouster OS1."""
from .layout import Layout

LAYOUT = Layout(
    # README for the folders; under benchmarks/SalsaNext/train the ids
    # (tasks/semantic/config/labels/rellis.yaml), the list files
    # (tasks/semantic/dataset/rellis/parser.py) and four columns
    # (common/laserscan.py). Void, dirt, sky, object, asphalt and building
    # are left out there, too. The range of its intensities is not given.
    source='https://github.com/unmannedlab/RELLIS-3D',
    classes={
        'grass': (3, ),
        'tree': (4, ),
        'pole': (5, ),
        'water': (6, ),
        'vehicle': (8, ),
        'log': (15, ),
        'person': (17, ),
        'fence': (18, ),
        'bush': (19, ),
        'concrete': (23, ),
        'barrier': (27, ),
        'puddle': (31, ),
        'mud': (33, ),
        'rubble': (34, )
    },
    scan='{sequence}/os1_cloud_node_kitti_bin/{name}.bin',
    label='{sequence}/os1_cloud_node_semantickitti_label_id/{name}.label',
    splits=dict(train='pt_train.lst', val='pt_val.lst', test='pt_test.lst'))
