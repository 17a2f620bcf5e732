"""SemanticPOSS (Pan et al., IV 2020): a campus, Hesai Pandora, 40 beams."""
from .layout import Layout

LAYOUT = Layout(
    # KITTI's folders and formats (read_data.py, config/semantic-poss.yaml).
    # Persons and traffic signs, of which it has several kinds, are one
    # class each. That sequence 03 is the one to test on is common use, as in
    # https://github.com/huixiancheng/PCB-RandNet (utils/semantic-poss.yaml).
    source='https://github.com/Theia-4869/semantic-poss-api',
    classes={
        'person': (4, 5),
        'rider': (6, ),
        'car': (7, ),
        'trunk': (8, ),
        'plants': (9, ),
        'traffic-sign': (10, 11, 12),
        'pole': (13, ),
        'trashcan': (14, ),
        'building': (15, ),
        'cone-stone': (16, ),
        'fence': (17, ),
        'bike': (21, ),
        'ground': (22, )
    },
    scan='sequences/{sequence}/velodyne/{name}.bin',
    label='sequences/{sequence}/labels/{name}.label',
    splits=dict(train=('00', '01', '02', '04', '05'), val=('03', )))
