"""The first part of DAPS-3D, DAPS-1: semi-synthetic, of SemanticKITTI.

DAPS-2, 109 scans, comes without a described folder structure.
"""
from .layout import Layout

LAYOUT = Layout(
    # DATASET.md for the folders, under cfgs the four joined categories
    # (label_params.yml) of SemanticKITTI's ids and the split
    # (navigation.yml), train/common/laserscan.py for four columns. The
    # intensities are not used there.
    source='https://github.com/subake/DAPS3D',
    classes={
        'vehicle': (10, 11, 13, 15, 16, 18, 20, 252, 256, 257, 258, 259),
        'human': (30, 31, 32, 253, 254, 255),
        'surface': (40, 44, 48, 49, 60, 72),
        'obstacle': (50, 51, 70, 71, 80, 81)
    },
    scan='data/{sequence}/clouds/{name}.bin',
    label='data/{sequence}/labels/{name}.label',
    splits=dict(
        train=('00', '01', '02', '03', '04', '05', '06', '07', '09', '10'),
        val=('08', )))
