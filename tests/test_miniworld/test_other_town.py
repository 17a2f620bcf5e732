"""The other town reads back as SemanticKITTI does."""
import numpy as np
import pytest
from PIL import Image

from miniworld import KITTI_MOVING_TO_STILL
from miniworld.kitti_writer import SequenceJob, sequence_world
from miniworld.raycast import cast_camera

KNOWN = {
    0, 1, 10, 11, 13, 15, 18, 20, 30, 31, 32, 40, 44, 48, 49, 50, 51, 70, 71,
    72, 80, 81, 99, 252, 253, 254, 255, 257, 258, 259
}


def calib(root):
    out = {}
    for line in (root / 'calib.txt').read_text().splitlines():
        key, _, values = line.partition(':')
        out[key] = np.array(values.split(), float).reshape(3, 4)
    return out


def frame(root, k):
    points = np.fromfile(root / f'velodyne/{k:06d}.bin',
                         np.float32).reshape(-1, 4)
    labels = np.fromfile(root / f'labels/{k:06d}.label', np.uint32)
    return points, labels


def sequences(root):
    return sorted((root / 'sequences').iterdir())


def test_folders(other_world):
    assert [s.name for s in sequences(other_world)] == ['00', '01', '08']
    for root in sequences(other_world):
        assert set(calib(root)) == {'P0', 'P1', 'P2', 'P3', 'Tr'}
        poses = np.loadtxt(root / 'poses.txt').reshape(-1, 3, 4)
        times = np.loadtxt(root / 'times.txt')
        assert len(poses) == len(times) == 2
        np.testing.assert_allclose(poses[0], np.eye(4)[:3], atol=1e-9)
        assert poses[1][2, 3] > 2
        for name in ('velodyne', 'labels', 'image_2', 'classmap_2'):
            assert len(list((root / name).iterdir())) == 2


def test_pictures_differ_in_size(other_world):
    sizes = {
        Image.open(s / 'image_2/000000.png').size
        for s in sequences(other_world)
    }
    assert len(sizes) == 2
    for width, height in sizes:
        assert width / height == pytest.approx(1242 / 375, rel=.02)


def test_points_and_labels(other_world):
    seen = set()
    for root in sequences(other_world):
        points, labels = frame(root, 1)
        assert len(points) == len(labels) > 8000
        assert points[:, 3].min() >= 0 and points[:, 3].max() <= 1
        raw, instance = labels & 0xFFFF, labels >> 16
        assert set(np.unique(raw)) <= KNOWN
        things = np.isin(raw, [10, 252, 30, 254, 11])
        assert (instance[things] > 0).all()
        assert (instance[np.isin(raw, [40, 48, 50, 70, 72])] == 0).all()
        road = points[raw == 40]
        assert np.median(road[:, 2]) == pytest.approx(-1.73, abs=.15)
        seen |= set(np.unique(raw).tolist())
    assert {10, 40, 44, 48, 50, 70, 71, 72, 80} <= seen


def test_projection_agrees_with_class_maps(other_world):
    agree = total = 0
    for number, name in enumerate(('00', '01', '08')):
        root = other_world / 'sequences' / name
        job = SequenceJob('', name, 'val' if name == '08' else 'train',
                          number % 2, 2, (248, 75), 240, 0)
        world, camera, _ = sequence_world(job)
        cal = calib(root)
        to = np.vstack([cal['Tr'], [0, 0, 0, 1]])
        for k in range(2):
            points, labels = frame(root, k)
            classes = np.asarray(Image.open(root / f'classmap_2/{k:06d}.png'))
            depth = cast_camera(world, camera, k / 2).t
            assert depth.shape == classes.shape
            p = np.c_[points[:, :3].astype(float), np.ones(len(points))]
            uvw = p @ (cal['P2'] @ to).T
            at = np.rint(uvw[:, :2] / uvw[:, 2:])
            ok = (uvw[:, 2]
                  > 1) & (at >= 0).all(1) & (at < classes.shape[::-1]).all(1)
            u, v = at[ok].astype(int).T
            gap = np.abs(depth[v, u] - uvw[ok, 2])
            visible = gap < .3 + .02 * uvw[ok, 2]
            raw = [
                KITTI_MOVING_TO_STILL.get(r, r)
                for r in (labels[ok] & 0xFFFF).tolist()
            ]
            same = classes[v, u] == np.array(raw)
            assert visible.mean() > .8
            agree, total = agree + same[visible].sum(), total + visible.sum()
    assert agree / total >= .97


def test_poses_lay_two_frames_over_each_other(other_world):
    """Points of parked cars meet, and do not without the poses."""
    from scipy.spatial import cKDTree
    for root in sequences(other_world):
        poses = np.loadtxt(root / 'poses.txt').reshape(-1, 3, 4)
        to = np.vstack([calib(root)['Tr'], [0, 0, 0, 1]])
        gap = {}
        for name, pose in (('with', poses), ('without', poses[[0, 0]])):
            clouds = []
            for k in range(2):
                points, labels = frame(root, k)
                near = np.linalg.norm(points[:, :3], axis=1) < 25
                near &= (labels & 0xFFFF) == 10
                p = np.c_[points[near, :3], np.ones(near.sum())]
                clouds.append(p.astype(float) @ (pose[k] @ to).T)
            gap[name] = np.median(cKDTree(clouds[0]).query(clouds[1])[0])
        assert gap['with'] < .25 and gap['with'] < .2 * gap['without']


def test_one_iteration_of_its_config(other_world, tmp_path):
    """Converter, dataset, pairs, the tiny CLIP, zero-shot, end to end."""
    from mmengine.config import Config
    from mmengine.runner import Runner

    import reldistill_mm
    from reldistill_mm.datasets.convert_semantickitti import \
        convert_semantickitti
    train, val = convert_semantickitti(other_world, tmp_path)
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_othertown.py'))
    for loader, infos in (('train', train), ('val', val), ('test', val)):
        options = cfg[f'{loader}_dataloader']
        options.update(num_workers=0, persistent_workers=False)
        options.dataset.update(data_root=str(other_world), ann_file=str(infos))
    cfg.train_dataloader.dataset.indices = 1
    cfg.train_cfg.max_epochs = cfg.param_scheduler[0].total_steps = 1
    cfg.work_dir = str(tmp_path / 'work')
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 1
    metrics = runner.test()
    assert metrics['samples'] == metrics['labelled_samples'] == 2
    assert 0 <= metrics['miou_visible'] <= 1
    # Cars and roads of it are labelled, motorcyclists are rare.
    assert metrics['classes'] > 8


def test_pairs_see_the_classes_of_their_pixels(other_world, tmp_path):
    """Through our converter and transforms, against the class maps."""
    from reldistill_mm.datasets import SemanticKittiCameraDataset
    from reldistill_mm.datasets import transforms as T
    from reldistill_mm.datasets.convert_semantickitti import \
        convert_semantickitti
    for path in convert_semantickitti(other_world, tmp_path):
        dataset = SemanticKittiCameraDataset(
            data_root=str(other_world), ann_file=str(path), pipeline=[])
        info = dataset.get_data_info(0)
        for step in (T.LoadLidarPoints(load_dim=4, use_dim=4),
                     T.LoadCameraImages(decode=False),
                     T.PairPointsWithPixels(occlusion=dict())):
            info = step.transform(info)
        pairs = info['pairs']
        image = info['img_path'][0].replace('image_2', 'classmap_2')
        classes = np.asarray(Image.open(image))
        u, v = np.rint(pairs.uv).astype(int).T
        raw = np.fromfile(info['pts_semantic_mask_path'], np.uint32) & 0xFFFF
        still = [
            KITTI_MOVING_TO_STILL.get(r, r) for r in raw[pairs.point].tolist()
        ]
        assert len(still) > 500
        assert (classes[v, u] == still).mean() > .9
