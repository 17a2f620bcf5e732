"""Synth4D (Saltori et al., ECCV 2022): synthetic, 64 and 32 beams.

Its own train and validation lists are pickles, which are not read here: all
towns are one split, of which ``sequences`` takes some.
"""
from .layout import Layout

LAYOUT_KITTI = Layout(
    # README for the folders, utils/_resources/synthetic.yaml for the seven
    # classes, utils/dataset.py for the arrays, of which the first three
    # columns are the coordinates. The range of intensities is not given.
    source='https://github.com/saltoricristiano/gipso-sfouda',
    classes={
        'vehicle': (10, ),
        'pedestrian': (4, ),
        'road': (6, 7),
        'sidewalk': (8, ),
        'terrain': (22, ),
        'manmade': (1, 2, 5, 11, 12, 15, 16, 17),
        'vegetation': (9, )
    },
    scan='kitti_synth/{sequence}/velodyne/{name}.npy',
    label='kitti_synth/{sequence}/labels/{name}.npy',
    splits=dict(all=('*', )))

LAYOUT_NUSCENES = LAYOUT_KITTI._replace(
    scan='nuscenes_synth/{sequence}/velodyne/{name}.npy',
    label='nuscenes_synth/{sequence}/labels/{name}.npy')
