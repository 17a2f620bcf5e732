"""SynLiDAR (Xiao et al., AAAI 2022): synthetic, 64 beams."""
from .layout import Layout

LAYOUT = Layout(
    # README for the folders. The ids and how they become SemanticKITTI's
    # classes: the same authors' PointDR/core/datasets/mapping/synlidar.yaml
    # in https://github.com/xiaoaoran/SemanticSTF, where the intensities stand
    # beside SemanticKITTI's as they are. The dataset comes without a split;
    # this one is that of https://github.com/saltoricristiano/gipso-sfouda
    # (utils/dataset.py).
    source='https://github.com/xiaoaoran/SynLiDAR',
    classes={
        'car': (1, ),
        'bicycle': (5, ),
        'motorcycle': (6, ),
        'truck': (2, 3),
        'bus': (4, 7),
        'person': (12, 13, 14, 15),
        'bicyclist': (16, ),
        'motorcyclist': (17, ),
        'road': (8, ),
        'parking': (10, ),
        'sidewalk': (9, ),
        'other-ground': (11, ),
        'building': (18, ),
        'fence': (26, ),
        'vegetation': (20, ),
        'trunck': (21, ),
        'terrian': (22, ),
        'pole': (24, ),
        'traffic-sign': (23, )
    },
    scan='{sequence}/velodyne/{name}.bin',
    label='{sequence}/labels/{name}.label',
    splits=dict(
        train=('01', '02', '03', '05', '06', '08', '09', '10', '11', '12'),
        val=('00', '04', '07')),
    intensity=1)
