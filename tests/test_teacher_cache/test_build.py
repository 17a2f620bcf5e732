"""Caches of small keyframes: the live teacher's features, kept whole."""
import copy
import pickle
import shutil
from pathlib import Path

import mmengine
import numpy as np
import pytest
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import unit_rows
from reldistill_mm.teacher_cache import (Manifest, frame_fingerprint,
                                         read_basis, read_manifest, read_pairs,
                                         write_manifest)
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity


class Maker:
    """Builds caches of two keyframes with one model."""

    def __init__(self, options):
        self.options = options
        self.cfg = Config.fromfile(
            reldistill_mm.config_path('reldistill_nus.py'))
        self.cfg.merge_from_dict(options)
        self.model = MODELS.build(self.cfg.model).eval()
        dataset = copy.deepcopy(self.cfg.train_dataloader.dataset)
        dataset.pipeline = self.cfg.paired_pipeline
        self.dataset = DATASETS.build(dataset)

    def build(self, root, pairs=None, dims=None, seed=0, **kwargs):
        identity = cache_identity(self.cfg, pairs, dims, seed)
        return build_cache(self.model, self.dataset, Path(root),
                           Manifest(identity, 'python BUILD'), **kwargs)

    def read(self, root, index=0):
        info = self.dataset.get_data_info(index)
        sample = self.dataset[index]
        fingerprint = frame_fingerprint(
            sample['inputs']['points'][:, :3].numpy(), info['images'])
        return read_pairs(
            Path(root, f"{info['token']}.safetensors"),
            read_manifest(root).key, fingerprint)

    def live(self, index=0):
        """{(point, camera): feature} by the model's own data path."""
        from mmengine.dataset import pseudo_collate
        data = pseudo_collate([self.dataset[index]])
        data = self.model.data_preprocessor(data, False)
        pairs = data['data_samples'][0].pairs
        rows = self.model.teacher.features_at(data['inputs']['imgs'][0],
                                              pairs.camera, pairs.uv)
        keys = zip(pairs.point.tolist(), pairs.camera.tolist())
        return dict(zip(keys, zip(rows, pairs.uv.numpy(), pairs.depth)))


@pytest.fixture(scope='module')
def maker(keyframes, tiny_clip, clip_weights):
    from mmengine.registry import DefaultScope
    from small_options import make_options
    options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    if not DefaultScope.check_instance_created('tests'):
        DefaultScope.get_instance('tests', scope_name='mmdet3d')
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        yield Maker(options)


@pytest.fixture(scope='module')
def built(maker, tmp_path_factory):
    root = tmp_path_factory.mktemp('cache')
    report = maker.build(root)
    assert report.outcomes == {'built': 2}
    return root


def test_features_are_the_live_teachers(maker, built):
    for index in (0, 1):
        cached, live = maker.read(built, index), maker.live(index)
        assert len(cached.pairs.point) == len(live) > 1000
        for point, camera, uv, depth, row in zip(*cached.pairs[:4],
                                                 cached.features):
            feature, live_uv, live_depth = live[point, camera]
            # Half precision rounds a unit row's entries by 2 ** -12.
            np.testing.assert_allclose(row, feature, rtol=0, atol=2**-12)
            np.testing.assert_array_equal(uv, live_uv)
            assert depth == live_depth
        visible = maker.dataset[index]['data_samples'].gt_pts_seg
        np.testing.assert_array_equal(cached.visible, visible.camera_visible)


def test_order_is_random_and_repeats(maker, built, tmp_path):
    point = maker.read(built).pairs.point
    assert abs(np.corrcoef(point, np.arange(len(point)))[0, 1]) < 0.1
    maker.build(tmp_path)
    for path in built.glob('*.safetensors'):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_resume_repairs_and_leaves_the_rest(maker, tmp_path):
    maker.build(tmp_path)
    files = sorted(tmp_path.glob('*.safetensors'))
    content = [path.read_bytes() for path in files]
    before = [path.stat().st_mtime_ns for path in files]
    assert maker.build(tmp_path).outcomes == {'kept': 2}
    assert [path.stat().st_mtime_ns for path in files] == before
    files[0].write_bytes(content[0][:-7])
    assert maker.build(tmp_path).outcomes == {'kept': 1, 'rebuilt, damaged': 1}
    flipped = bytearray(content[1])
    flipped[-3] ^= 1
    files[1].write_bytes(flipped)
    files[0].unlink()
    report = maker.build(tmp_path)
    assert report.outcomes == {'built': 1, 'rebuilt, damaged': 1}
    assert [path.read_bytes() for path in files] == content
    assert report.size == sum(map(len, content))


def test_other_options_make_every_file_stale(maker, tmp_path):
    maker.build(tmp_path)
    assert maker.build(tmp_path, seed=1).outcomes == {'rebuilt, stale': 2}
    assert maker.build(tmp_path, pairs=100).outcomes == {'rebuilt, stale': 2}
    cached = maker.read(tmp_path)
    assert len(cached.pairs.point) == len(cached.features) == 100
    # Visibility is that of all pairs.
    assert cached.visible.sum() > 1000


def test_shares_join_and_collisions_do_no_harm(maker, built, tmp_path):
    """Two shares, then two writers of everything at the same time."""
    for rank in (1, 0):
        report = maker.build(tmp_path, rank=rank, world_size=2)
        assert report.outcomes == {'built': 1}
    names = sorted(path.name for path in built.glob('*.safetensors'))
    for name in names:
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes()
    from concurrent.futures import ThreadPoolExecutor
    for path in tmp_path.glob('*.safetensors'):
        path.unlink()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(maker.build, [tmp_path, tmp_path]))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*names, 'manifest.json'])
    for name in names:
        assert (tmp_path / name).read_bytes() == (built / name).read_bytes()


def test_workers_write_the_same(maker, built, tmp_path):
    maker.build(tmp_path, workers=1)
    for path in built.glob('*.safetensors'):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_projected_features(maker, built, tmp_path):
    maker.build(tmp_path, dims=12)
    projection = read_manifest(tmp_path).identity['projection']
    basis, digest = read_basis(tmp_path / projection['file'])
    assert digest == projection['sha256'] and basis.shape == (16, 12)
    low, full = maker.read(tmp_path), maker.read(built)
    np.testing.assert_array_equal(low.pairs.point, full.pairs.point)
    rows = full.features.astype(np.float32)
    np.testing.assert_allclose(low.features, rows @ basis, atol=2e-3)
    # Relations are nearly those of all dimensions.
    back = unit_rows(torch.from_numpy(low.features.astype(np.float32)))
    all_dims = unit_rows(torch.from_numpy(rows))
    assert (back @ back.T - all_dims @ all_dims.T).abs().mean() < 0.02
    assert maker.build(tmp_path, dims=12).outcomes == {'kept': 2}
    assert maker.build(tmp_path, dims=11).outcomes == {'rebuilt, stale': 2}


def recordings(root, names=('runA', 'runB'), same=False):
    """Two recordings with equal file names; their infos have no token."""
    from tiny_nuscenes import write_keyframes
    infos = mmengine.load(write_keyframes(root, count=2))
    for info, name in zip(infos['data_list'], names):
        del info['token']
        cloud = root / name / 'lidar' / 'top' / '000.bin'
        cloud.parent.mkdir(parents=True)
        source = f"{0 if same else info['sample_idx']:03d}.pcd.bin"
        shutil.copy(root / 'samples' / 'LIDAR_TOP' / source, cloud)
        info['lidar_points']['lidar_path'] = f'{name}/lidar/top/000.bin'
    (root / 'infos.pkl').write_bytes(pickle.dumps(infos))
    return root


def other(maker, *roots):
    """The maker with the datasets below other roots."""
    datasets = [below(maker, root) for root in roots]
    found = copy.copy(maker)
    found.dataset = DATASETS.build(
        dict(type='ConcatDataset', datasets=datasets) if len(roots) >
        1 else datasets[0])
    return found


def below(maker, root):
    dataset = copy.deepcopy(maker.cfg.train_dataloader.dataset)
    dataset.update(
        data_root=str(root),
        pipeline=maker.cfg.paired_pipeline,
        data_prefix=dict(dataset.data_prefix, pts=''))
    return dataset


@pytest.mark.parametrize('same', [False, True], ids=['other', 'same'])
def test_two_recordings_of_equal_names_have_a_file_each(maker, tmp_path, same):
    root, cache = recordings(tmp_path / 'data', same=same), tmp_path / 'cache'
    runs = other(maker, root)
    assert runs.build(cache).outcomes == {'built': 2}
    names = sorted(path.name for path in cache.glob('*.safetensors'))
    assert [name.rpartition('-')[0]
            for name in names] == ['runA-lidar-top-000', 'runB-lidar-top-000']
    # Neither rebuilds the other's, and nothing changes when the data moves.
    assert runs.build(cache).outcomes == {'kept': 2}
    moved = other(maker, root.rename(tmp_path / 'moved'))
    assert moved.build(cache).outcomes == {'kept': 2}
    assert sorted(p.name for p in cache.glob('*.safetensors')) == names


def test_another_dataset_never_rebuilds_what_is_there(maker, tmp_path):
    first = recordings(tmp_path / 'a')
    second = recordings(tmp_path / 'b')
    infos = mmengine.load(second / 'infos.pkl')
    for info in infos['data_list']:
        path = second / info['lidar_points']['lidar_path']
        (np.fromfile(path, np.float32) + 1).tofile(path)
    cache = tmp_path / 'cache'
    other(maker, first).build(cache)
    before = {path: path.read_bytes() for path in cache.iterdir()}
    with pytest.raises(
            BadInput,
            match=r'runA.*other data.*delete.*another folder \(--out'):
        other(maker, second).build(cache)
    assert {path: path.read_bytes() for path in cache.iterdir()} == before


def test_datasets_in_one_folder(maker, tmp_path):
    first = recordings(tmp_path / 'a', ('runA', 'runB'))
    second = recordings(tmp_path / 'b', ('runC', 'runB'))
    cache = tmp_path / 'cache'
    with pytest.raises(
            BadInput, match=r"'\S+a/runB\S+' and '\S+b/runB\S+' share"):
        other(maker, first, second).build(cache)
    assert not cache.exists()
    third = recordings(tmp_path / 'c', ('runC', 'runD'))
    both = other(maker, first, third)
    assert both.build(cache).outcomes == {'built': 4}
    # Twice the same keyframe is one file.
    assert other(maker, first, first).build(cache).outcomes == {'kept': 2}


def test_two_keyframes_of_one_token(maker, tmp_path):
    root = recordings(tmp_path / 'data')
    infos = mmengine.load(root / 'infos.pkl')
    for info in infos['data_list']:
        info['token'] = '7'
    (root / 'infos.pkl').write_bytes(pickle.dumps(infos))
    with pytest.raises(BadInput, match="share the name '7'"):
        other(maker, root).build(tmp_path / 'cache')


def test_a_cache_of_an_earlier_version_is_not_mixed_with(maker, tmp_path):
    maker.build(tmp_path)
    manifest = read_manifest(tmp_path)
    write_manifest(
        tmp_path,
        manifest._replace(identity=dict(manifest.identity, format=3)))
    with pytest.raises(BadInput, match='remove the folder and build it again'):
        maker.build(tmp_path)


def test_a_copy_with_other_images_is_another_dataset(maker, tmp_path):
    """A foggy copy: equal clouds, calibrations, paths and names."""
    first = recordings(tmp_path / 'a')
    second, cache = tmp_path / 'b', tmp_path / 'cache'
    shutil.copytree(first, second)
    other(maker, first).build(cache)
    assert other(maker, second).build(cache).outcomes == {'kept': 2}
    with open(second / 'samples/CAM_BACK/000.jpg', 'ab') as image:
        image.write(b'fog')
    with pytest.raises(BadInput, match='runA.*other data.*another folder'):
        other(maker, second).build(cache)
    # Images that are not here say nothing: training needs none.
    shutil.rmtree(second / 'samples/CAM_BACK')
    assert other(maker, second).build(cache).outcomes == {'kept': 2}
