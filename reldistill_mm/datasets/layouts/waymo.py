"""The Waymo Open Dataset's 3D segmentation labels, exported to arrays.

Its tfrecords need Waymo's own package; export the labelled frames with
Pointcept's ``pointcept/datasets/preprocessing/waymo/preprocess_waymo.py``,
which writes ``coord.npy`` (N, 3), ``strength.npy`` (N, 1), tanh of the
intensity, and ``segment.npy`` (N,), Waymo's id less 1, in one folder per
frame: ``training/SEGMENT/TIMESTAMP``.
"""
from .layout import Layout

# segmentation.proto of https://github.com/waymo-research/waymo-open-dataset,
# TYPE_CAR = 1 to TYPE_SIDEWALK = 22.
_TYPES = ('car', 'truck', 'bus', 'other_vehicle', 'motorcyclist', 'bicyclist',
          'pedestrian', 'sign', 'traffic_light', 'pole', 'construction_cone',
          'bicycle', 'motorcycle', 'building', 'vegetation', 'tree_trunk',
          'curb', 'road', 'lane_marker', 'other_ground', 'walkable',
          'sidewalk')

LAYOUT = Layout(
    source='https://github.com/Pointcept/Pointcept',
    classes={
        name: (label, )
        for label, name in enumerate(_TYPES)
    },
    scan='{sequence}/{name}/coord.npy',
    label='{sequence}/{name}/segment.npy',
    splits=dict(train=('training/*', ), val=('validation/*', )),
    intensity=1,
    intensity_file='{sequence}/{name}/strength.npy')
