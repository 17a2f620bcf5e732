"""mmdet3d's own converter makes infos of a MiniWorld."""
import os
import pickle
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from reldistill_mm.errors import MissingInput

SCRIPT = """
from tools.dataset_converters.nuscenes_converter import create_nuscenes_infos
from tools.dataset_converters.update_infos_to_v2 import update_pkl_infos
create_nuscenes_infos('./data/nuscenes', 'nuscenes', 'v1.0-mini')
for split in ('train', 'val'):
    update_pkl_infos('nuscenes', './data/nuscenes',
                     f'./data/nuscenes/nuscenes_infos_{split}.pkl')
"""


def converter_root():
    """Folder that holds mmdet3d's ``tools``, or skip."""
    if find_spec('mmdet3d') is None:
        pytest.skip('mmdet3d is not installed')
    root = Path(find_spec('mmdet3d').origin).parent / '.mim'
    if not (root / 'tools/dataset_converters').is_dir():
        pytest.skip('mmdet3d was not installed from a wheel (no .mim)')
    return root


def test_converter_makes_infos(small_world, tmp_path):
    root = converter_root()
    folder = shutil.copytree(small_world, tmp_path / 'data/nuscenes')
    done = subprocess.run([sys.executable, '-c', SCRIPT],
                          cwd=tmp_path,
                          capture_output=True,
                          text=True,
                          env={
                              **os.environ, 'PYTHONPATH': str(root)
                          })
    assert done.returncode == 0, done.stderr[-2000:]
    for split in ('train', 'val'):
        infos = pickle.loads(
            (folder / f'nuscenes_infos_{split}.pkl').read_bytes())
        assert len(infos['data_list']) == 2
        for info in infos['data_list']:
            check_info(folder, info)


def check_info(folder, info):
    points = np.fromfile(
        folder / 'samples/LIDAR_TOP' / info['lidar_points']['lidar_path'],
        np.float32).reshape(-1, 5)
    labels = folder / 'lidarseg/v1.0-mini' / info['pts_semantic_mask_path']
    assert labels.stat().st_size == len(points)
    assert len(info['instances']) > 5
    assert any(i['num_lidar_pts'] > 0 for i in info['instances'])
    assert np.isfinite([i['velocity'] for i in info['instances']]).all()
    assert len(info['images']) == 6
    for name, camera in info['images'].items():
        assert (folder / 'samples' / name / camera['img_path']).is_file()
        gap = info['timestamp'] - camera['timestamp']
        assert 4e-4 < gap < .0431
        # lidar2cam holds the ego motion between the two moments.
        to_ego = np.linalg.inv(camera['cam2ego'])
        still = to_ego @ np.array(info['lidar_points']['lidar2ego'])
        moved = np.linalg.norm((still - camera['lidar2cam'])[:3, 3])
        assert moved == pytest.approx(gap * 7.5, rel=.45, abs=.004)


def test_scenes_for_choices_have_an_info_file_of_their_own(tmp_path):
    """Nothing is trained on them, and the options name labels that exist."""
    from miniworld.prepare import CHOOSE_INFOS, data_options, prepare_data
    world = tmp_path / 'world'
    args = dict(
        scenes=(2, 1, 1), keyframes=1, image_size=(64, 36), azimuth_steps=60)
    prepare_data(world, quiet=True, **args)
    found = {}
    for split in ('train', 'val', 'choose'):
        infos = pickle.loads(
            (world / f'nuscenes_infos_{split}.pkl').read_bytes())
        found[split] = [info['scene_name'] for info in infos['data_list']]
    assert {
        split: len(names)
        for split, names in found.items()
    } == dict(
        train=2, val=1, choose=1)
    assert len(set(sum(found.values(), []))) == 4
    options = data_options(world)
    labels = options['test_dataloader.dataset.data_prefix.pts_semantic_mask']
    assert len(list((world / labels).iterdir())) == 4
    # A second call makes nothing.
    (world / CHOOSE_INFOS).write_bytes(b'kept')
    prepare_data(world, quiet=True, **args)
    assert (world / CHOOSE_INFOS).read_bytes() == b'kept'
    with pytest.raises(MissingInput, match='no labels of MiniWorld'):
        data_options(tmp_path)
