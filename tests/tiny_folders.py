"""Every dataset that is a folder, as each documents it, written small."""
from pathlib import Path

import numpy as np

COUNT = 40
# Layout: a scan, its labels, columns (None: an array of three), largest
# intensity, and raw ids with the class they are of, as documented by each.
FORMATS = dict(
    semantickitti=('sequences/00/velodyne/000000.bin',
                   'sequences/00/labels/000000.label', 4, 1, {
                       252: 'car',
                       60: 'road',
                       99: None
                   }),
    scribblekitti=('sequences/00/velodyne/000000.bin',
                   'sequences/00/scribbles/000000.label', 4, 1, {
                       10: 'car',
                       259: 'bus',
                       0: None
                   }),
    semanticposs=('sequences/00/velodyne/000001.bin',
                  'sequences/00/labels/000001.label', 4, None, {
                      5: 'person',
                      11: 'traffic-sign',
                      22: 'ground',
                      19: None
                  }),
    semanticstf=('train/velodyne/000000.bin', 'train/labels/000000.label', 5,
                 255, {
                     1: 'car',
                     19: 'traffic-sign',
                     20: None
                 }),
    synlidar=('01/velodyne/000000.bin', '01/labels/000000.label', 4, 1, {
        2: 'truck',
        15: 'person',
        23: 'traffic-sign',
        32: None
    }),
    rellis3d=('00000/os1_cloud_node_kitti_bin/000000.bin',
              '00000/os1_cloud_node_semantickitti_label_id/000000.label', 4,
              None, {
                  3: 'grass',
                  34: 'rubble',
                  1: None
              }),
    daps3d=('data/00/clouds/000000.bin', 'data/00/labels/000000.label', 4,
            None, {
                30: 'human',
                72: 'surface',
                52: None
            }),
    synth4d_kitti=('kitti_synth/Town03/velodyne/000000.npy',
                   'kitti_synth/Town03/labels/000000.npy', None, None, {
                       10: 'vehicle',
                       17: 'manmade',
                       18: None
                   }),
    synth4d_nuscenes=('nuscenes_synth/Town03/velodyne/000000.npy',
                      'nuscenes_synth/Town03/labels/000000.npy', None, None, {
                          4: 'pedestrian',
                          0: None
                      }),
    waymo=('training/segment-1/1500000000000000/coord.npy',
           'training/segment-1/1500000000000000/segment.npy', None, 1, {
               0: 'car',
               21: 'sidewalk',
               -1: None
           }))

# Where a scan to validate on lies: parts of the paths above, and what stands
# in their place.
VALIDATION = dict(
    semantickitti={'sequences/00': 'sequences/08'},
    scribblekitti={
        'sequences/00': 'sequences/08',
        'scribbles': 'labels'
    },
    semanticposs={'sequences/00': 'sequences/03'},
    semanticstf={'train/': 'val/'},
    synlidar={'01/': '00/'},
    rellis3d={'00000/': '00004/'},
    daps3d={'data/00': 'data/08'},
    synth4d_kitti={'Town03': 'Town10HD'},
    synth4d_nuscenes={'Town03': 'Town10HD'},
    waymo={'training/segment-1': 'validation/segment-2'})


def write(root: Path,
          name: str,
          split: str = 'train') -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One scan to train or, ``split='val'``, to validate on.

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: Coordinates (COUNT, 3),
        intensities as on disk (COUNT,) and raw ids (COUNT,).
    """
    scan, label, columns, largest, ids = FORMATS[name]
    if split == 'val':
        for old, new in VALIDATION[name].items():
            scan, label = scan.replace(old, new), label.replace(old, new)
    rng = np.random.default_rng(0)
    points = rng.uniform(-30, 30, (COUNT, columns or 3)).astype(np.float32)
    intensity = rng.uniform(0, largest or 9, COUNT).astype(np.float32)
    raw = rng.permutation(np.resize(list(ids), COUNT)).astype(np.int32)
    for path in (scan, label):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
    if columns:
        points[:, 3] = intensity
        points.tofile(root / scan)
        # Instances in the upper 16 bits.
        (raw.astype(np.int64) | 40000 << 16).astype(np.uint32).tofile(root /
                                                                      label)
    else:
        np.save(root / scan, points.astype(np.float64))
        np.save(root / label, raw)
    if name == 'waymo':
        np.save(root / scan.replace('coord', 'strength'), intensity[:, None])
    if name == 'rellis3d':
        (root / f'pt_{split}.lst').write_text(f'{scan} {label}\n')
    return points[:, :3], intensity, raw
