"""The two ways of each suite give the same; no suite needs mmdet3d."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch

from reldistill_benchmark import (gather, images, loss, pairing, teacher,
                                  voxelize)
from reldistill_benchmark.keyframe import load_keyframe, synthetic_keyframe
from reldistill_benchmark.measure import OTHER, OURS

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=['synthetic', 'real'])
def frame(request):
    if request.param == 'real':
        return load_keyframe(str(request.getfixturevalue('real_data')))
    return synthetic_keyframe(count=2000, height=180, width=320)


def both(ways):
    return ways[OURS](), ways[OTHER]()


def test_pairing(frame):
    """The chain of frames, in float32, is right to a hundredth of a pixel.

    A pixel on the image's edge may be in by one way and out by the other.
    """
    pairs, per_camera = both(pairing.implementations(frame))
    assert len(pairs.point) > 100
    differ = 0
    for camera, (point, uv, depth) in enumerate(per_camera):
        mine = pairs.select(pairs.camera == camera)
        common, a, b = np.intersect1d(mine.point, point, return_indices=True)
        differ += len(mine.point) + len(point) - 2 * len(common)
        np.testing.assert_allclose(mine.uv[a], uv[b], atol=.05)
        np.testing.assert_allclose(mine.depth[a], depth[b], atol=1e-3)
    assert differ <= len(pairs.point) / 1000


def test_the_camera_poses_differ_from_the_lidars(frame):
    """Without the ego motion the chain would be shorter, and wrong."""
    for camera in frame.cameras[1:]:
        assert np.abs(camera.ego2global - frame.ego2global).max() > 1e-3


@pytest.mark.parametrize('library', list(images.OTHER_WAYS))
@pytest.mark.parametrize('crop', [False, True])
def test_images(frame, crop, library):
    """Within 2 levels of 255 for one filter, 8 for the other, on the mean."""
    ours, other = both(images.implementations(frame, (56, 104), crop, library))
    limit = dict(pillow=2, opencv=8)[library]
    for mine, theirs in zip(ours, other):
        assert mine.shape == theirs.shape == (56, 104, 3)
        assert np.abs(mine.astype(int) - theirs).mean() < limit


@pytest.mark.parametrize('batch_size', [1, 3])
def test_voxelize(real_data, batch_size):
    clouds = voxelize.make_clouds(str(real_data), batch_size, 'cpu')
    for mine, theirs in zip(*both(voxelize.implementations(clouds))):
        assert torch.equal(mine, theirs)


def test_voxelize_against_mmdet3d():
    pytest.importorskip('mmdet3d')
    mine, theirs = both(voxelize.prepare_mmdet3d(None, 2, 'cpu'))
    assert torch.equal(mine['voxels'], theirs['voxels'])
    assert torch.equal(mine['coors'], theirs['coors'])


def test_teacher():
    size = (32, 48)
    pairs = teacher.make_pairs(2, size, 100, 'cpu')
    maps = torch.randn(2, 8, 2, 3)
    torch.testing.assert_close(
        *both(teacher.implementations(maps, *pairs, size)))


def test_cached_features(tiny_clip):
    """Unit rows of both; a second call draws other pairs."""
    frame = synthetic_keyframe(count=2000, height=180, width=320)
    open_clip.add_model_config(tiny_clip)
    clip = open_clip.create_model(Path(tiny_clip).stem, load_weights=False)
    ways = teacher.cached_implementations(frame, clip.visual,
                                          torch.rand(6, 3, 32, 64), 300)
    for rows in both(ways):
        assert rows.shape == (300, clip.visual.output_dim)
        torch.testing.assert_close(
            rows.norm(dim=1), torch.ones(300), atol=1e-3, rtol=0)
    assert not torch.equal(ways[OURS](), ways[OURS]())


def test_loss():
    torch.testing.assert_close(*both(loss.prepare(200, 16, '', 'cpu')))


BLOCK = """
import importlib.abc, importlib.util, sys
BLOCKED = {'mmdet3d', 'mmdet', 'mmengine', 'mmcv', 'spconv'}
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in BLOCKED:
            raise ModuleNotFoundError(name + ' is blocked')
sys.meta_path.insert(0, Refuse())
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: (
    None if name in BLOCKED else find(name, *rest))
"""


@pytest.mark.slow
def test_command_without_openmmlab(tmp_path):
    """In the children too: they read the same sitecustomize."""
    (tmp_path / 'sitecustomize.py').write_text(BLOCK)
    figures = tmp_path / 'figures.json'
    env = dict(
        os.environ, PYTHONPATH=os.pathsep.join([str(tmp_path),
                                                str(ROOT)]))
    command = [sys.executable, str(ROOT / 'tools/benchmark.py')]

    def call(*more):
        return subprocess.run([*command, *more],
                              env=env,
                              capture_output=True,
                              text=True)

    out = call('pairing', '--json', str(figures), '--data', str(tmp_path),
               '--device', 'cpu', '--repetitions', '2')
    assert out.returncode == 0, out.stderr
    assert 'synthetic input' in out.stdout
    rows = json.loads(figures.read_text())['suites']['pairing']
    assert len(rows) == 1 and rows[0]['ratio']['median'] > 0
    table = call('--markdown', str(figures))
    assert table.returncode == 0 and rows[0]['case'] in table.stdout


def test_suites_without_openmmlab(tmp_path):
    """Those whose full size is too much for a test, at a small one."""
    (tmp_path / 'sitecustomize.py').write_text(BLOCK)
    paths = tmp_path, ROOT, ROOT / 'projects' / 'Benchmark'
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, paths)))
    code = """
import torch
from reldistill_benchmark import images, teacher
from reldistill_benchmark.keyframe import synthetic_keyframe
frame = synthetic_keyframe(count=10, height=90, width=160)
for library in images.OTHER_WAYS:
    ways = images.implementations(frame, (28, 52), True, library)
    for work in ways.values():
        work()
pairs = teacher.make_pairs(2, (32, 48), 9, 'cpu')
ways = teacher.implementations(torch.rand(2, 4, 2, 3), *pairs, (32, 48))
for work in ways.values():
    work()
print('ran')
"""
    out = subprocess.run([sys.executable, '-c', code],
                         env=env,
                         capture_output=True,
                         text=True)
    assert out.stdout.strip() == 'ran', out.stderr


def test_an_info_file_with_code_is_refused(tmp_path):
    import pickle
    folder = tmp_path / 'nuscenes_keyframe'
    folder.mkdir()
    (folder / 'nuscenes_infos_keyframe.pkl').write_bytes(
        pickle.dumps(dict(data_list=[print])))
    with pytest.raises(ValueError, match='holds a builtins.print'):
        load_keyframe(str(tmp_path))


@pytest.mark.slow
def test_gather():
    """Both processes take turns through all parts."""
    seconds = gather.in_two_processes('cpu', 2, pairs=64)
    assert list(seconds) == [
        gather.GATHER, gather.OWN, gather.ALL, gather.ALONE
    ]
    assert all(len(taken) == 2 for taken in seconds.values())
    assert all(second > 0 for taken in seconds.values() for second in taken)
