"""SemanticKITTI (Behley et al., ICCV 2019) without its cameras.

Class names are mmdet3d's: its 'bus' is the benchmark's other-vehicle,
'trunck' and 'terrian' its spelling.
"""
from .layout import Layout

# The 19 classes of the single-scan benchmark, moving things with those at
# rest.
CLASSES = {
    'car': (10, 252),
    'bicycle': (11, ),
    'motorcycle': (15, ),
    'truck': (18, 258),
    'bus': (13, 16, 20, 256, 257, 259),
    'person': (30, 254),
    'bicyclist': (31, 253),
    'motorcyclist': (32, 255),
    'road': (40, 60),
    'parking': (44, ),
    'sidewalk': (48, ),
    'other-ground': (49, ),
    'building': (50, ),
    'fence': (51, ),
    'vegetation': (70, ),
    'trunck': (71, ),
    'terrian': (72, ),
    'pole': (80, ),
    'traffic-sign': (81, )
}
TRAIN = ('00', '01', '02', '03', '04', '05', '06', '07', '09', '10')

LAYOUT = Layout(
    # config/semantic-kitti.yaml and the README there.
    source='https://github.com/PRBonn/semantic-kitti-api',
    classes=CLASSES,
    scan='sequences/{sequence}/velodyne/{name}.bin',
    label='sequences/{sequence}/labels/{name}.label',
    splits=dict(train=TRAIN, val=('08', )),
    intensity=1)
