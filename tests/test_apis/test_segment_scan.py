"""One scan, any words."""
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from plyfile import PlyData

from reldistill_mm.apis import (export_zero_shot, load_segmentor,
                                scan_features, segment_file, word_head,
                                write_heat_map, write_segmentation)
from reldistill_mm.apis.label_points import label_points
from reldistill_mm.apis.segment_scan import ScanFeatures
from reldistill_mm.apis.words import require_classes
from reldistill_mm.apis.write_scan import require_heat_names
from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.errors import BadInput, MissingInput

WORDS = {'car': ['car'], 'puddle': ['puddle'], 'bus': ['bus']}


def points_of(keyframes, index=0):
    return scan_of(keyframes, index).points


def scan_of(keyframes, index=0):
    return read_scan(keyframes / f'samples/LIDAR_TOP/{index:03d}.pcd.bin')


@pytest.mark.parametrize('light', [False, True])
def test_labels_are_those_of_the_runner(trained, keyframes, tmp_path, light):
    if light:
        export_zero_shot(trained.cfg, trained.checkpoint, tmp_path / 'out')
        model = load_segmentor(tmp_path / 'out')
    else:
        model = load_segmentor(trained.cfg, trained.checkpoint)
    for index, expected in enumerate(trained.samples):
        features = scan_features(model, points_of(keyframes, index))
        scores = features.scores(word_head(model))
        np.testing.assert_array_equal(
            scores.T, expected.pts_seg_logits.pts_seg_logits.numpy())


def test_a_words_score_is_its_cosine(trained, keyframes):
    model = load_segmentor(trained.cfg, trained.checkpoint)
    features = scan_features(model, points_of(keyframes))
    scores = features.scores(word_head(model, WORDS))
    assert scores.shape == (3000, 3)
    rows = features.voxels[features.point2voxel]
    text = model.teacher.encode_words(['puddle'],
                                      model.zero_shot_head.templates)
    expected = torch.cosine_similarity(rows, text)
    np.testing.assert_allclose(scores[:, 1], expected, atol=1e-5)
    # Other words asked for leave the model's own as they were.
    assert len(model.zero_shot_head.classes) == 16


def test_points_in_another_order_keep_their_labels(trained, keyframes):
    model = load_segmentor(trained.cfg, trained.checkpoint)
    points = points_of(keyframes)
    # One point a voxel: which one stands for its voxel depends on the order.
    _, first = np.unique(
        (points[:, :3] / 0.1).round(), axis=0, return_index=True)
    points = points[first]
    order = np.random.default_rng(0).permutation(len(points))
    head = word_head(model)
    straight = scan_features(model, points).scores(head)
    shuffled = scan_features(model, points[order]).scores(head)
    np.testing.assert_allclose(shuffled, straight[order], atol=1e-5)


def test_a_model_that_takes_more_columns(trained, keyframes):
    model = load_segmentor(trained.cfg, trained.checkpoint)
    model.cfg.model.backbone.in_channels = 5
    with pytest.raises(ValueError, match='takes 5 values per point.*has 4'):
        scan_features(model, points_of(keyframes))


def test_a_config_needs_a_checkpoint(trained, tmp_path):
    with pytest.raises(ValueError, match='--checkpoint'):
        load_segmentor(trained.cfg)
    with pytest.raises(FileNotFoundError, match='zero_shot.py'):
        load_segmentor(tmp_path)


def test_written_segmentation(keyframes, tmp_path):
    scan = scan_of(keyframes)
    labels = np.arange(len(scan.points)) % 3
    # A row that is not finite, and a frame of its own.
    scan = scan._replace(
        rows=scan.rows + (scan.rows > 4),
        num_rows=len(labels) + 1,
        origin=np.array([691000., 5335000., 519.]))
    paths = write_segmentation(tmp_path / 'out', scan, labels,
                               ['car', 'tree', 'road'], 'a scan')
    assert sorted(p.name for p in (tmp_path / 'out').iterdir()) == sorted(
        p.name for p in paths)
    np.testing.assert_array_equal(
        np.load(paths[0]), np.insert(labels, 5, 65535))
    vertices = PlyData.read(str(paths[1]))['vertex']
    np.testing.assert_array_equal(vertices['label'], labels)
    np.testing.assert_allclose(
        vertices['y'], scan.points[:, 1] + 5335000., atol=1e-6)
    assert json.loads(paths[2].read_text())[1] == dict(
        label=1, name='tree', points=1000)
    assert Image.open(paths[3]).width > 600
    assert 'a scan' in paths[4].read_text()


def test_words_that_cannot_be_told_apart_are_refused():
    with pytest.raises(BadInput, match="'traffic cone' and 'traffic-cone'"):
        require_heat_names(['car', 'traffic cone', 'traffic-cone'])
    with pytest.raises(BadInput, match='Every point would be labelled'):
        require_classes(dict(car=['car']))


def test_written_heat_map(keyframes, tmp_path):
    scan = scan_of(keyframes)
    scores = np.linspace(0, 1, len(scan.points), dtype=np.float32)
    paths = write_heat_map(tmp_path, scan, scores, 'traffic/cone')
    assert [path.name for path in paths] == [
        f'heat_traffic_cone.{end}' for end in ('npy', 'png', 'html')
    ]
    np.testing.assert_array_equal(np.load(paths[0]), scores)
    assert Image.open(paths[1]).width > 600


def test_scores_that_are_not_finite_label_nothing():
    """argmax would take the first class, or any."""
    voxels = torch.tensor([[1., 0.], [torch.nan, 0.]])
    features = ScanFeatures(voxels, torch.tensor([0, 1, 1]))
    with pytest.raises(BadInput, match='scores that are not finite'):
        features.scores(lambda voxels: voxels)
    features = ScanFeatures(voxels[:1], torch.tensor([0, 0]))
    assert features.scores(lambda voxels: voxels).shape == (2, 2)


@pytest.fixture
def folder(keyframes, tmp_path):
    """A recording of two scans, one of them in a folder of its own."""
    points = tmp_path / 'own/points'
    (points / 'night').mkdir(parents=True)
    for index, name in enumerate(('0.bin', 'night/1.bin')):
        shutil.copy(keyframes / f'samples/LIDAR_TOP/{index:03d}.pcd.bin',
                    points / name)
    (points.parent / 'labels').mkdir()
    (points.parent / 'labels/0.bin').write_bytes(b'1234')
    return points.parent


def test_a_folder_is_labelled_scan_by_scan(trained, folder, tmp_path):
    export_zero_shot(trained.cfg, trained.checkpoint, tmp_path / 'model',
                     WORDS)
    model, quiet = str(tmp_path / 'model'), dict(say=lambda _: None)
    out = tmp_path / 'out'
    written = segment_file(folder, model, columns=5, out=out, **quiet)
    assert all(path.is_file() for path in written)
    assert not list(out.rglob('labels/labels*'))
    for name in '0', 'night/1':
        scan = folder / f'points/{name}.bin'
        alone = segment_file(
            scan, model, columns=5, out=tmp_path / 'alone', **quiet)
        labels = np.load(alone[0])
        np.testing.assert_array_equal(
            np.load(out / f'{name}.bin/labels.npy'), labels)
        stored = np.fromfile(out / f'labels/{name}.label', '<u4')
        np.testing.assert_array_equal(stored, labels)
    said = []
    scans = [folder / f'points/{name}.bin' for name in ('0', 'night/1')]
    few = segment_file(
        scans,
        model,
        columns=5,
        out=tmp_path / 'few',
        say=said.append,
        pictures=False)
    assert {path.name
            for path in few} == {
                '0.label', '1.label', 'labels.npy', 'classes.json',
                'scores.npy'
            }
    for name in '0', 'night/1':
        np.testing.assert_array_equal(
            np.load(tmp_path / f'few/{Path(name).name}.bin/labels.npy'),
            np.load(out / f'{name}.bin/labels.npy'))
    assert '2 scans, 6000 points' in said


def test_outputs_of_a_folder_that_meet(folder, tmp_path):
    with pytest.raises(BadInput, match='lies in .*points'):
        segment_file(folder, 'none', columns=5, out=folder / 'points/out')
    np.save(folder / 'points/0.npy', np.zeros((30, 4), 'f4'))
    with pytest.raises(BadInput, match='would be the same file'):
        segment_file(folder, 'none', columns=5, out=tmp_path / 'out')
    with pytest.raises(MissingInput, match='holds no scan'):
        (tmp_path / 'empty').mkdir()
        segment_file(tmp_path / 'empty', 'none')


def test_points_that_no_word_fits():
    """Below the threshold they are unknown; a sentence says it is so."""
    mine = np.array([[.1, .3], [.2, .1], [.5, .4]], np.float32)
    own = np.array([[.6, .2], [.5, .1], [.1, .2]], np.float32)
    heads = [
        SimpleNamespace(classes=names, scores=scores)
        for names, scores in ((['sofa', 'elephant'], mine), (['road', 'car'],
                                                             own))
    ]
    features = SimpleNamespace(scores=lambda head: head.scores)
    said: list[str] = []
    labels, best = label_points(heads[0], heads[1], 0.3, said.append, features)
    assert labels.tolist() == [1, 2, 0]
    np.testing.assert_array_equal(best, mine.max(1))
    assert len(said) == 1 and 'for 67 % of the points' in said[0]
    assert "often 'road'" in said[0]
    # Words that fit, or the model's own: nothing is said.
    labels, _ = label_points(heads[1], heads[0], None, said.append, features)
    assert labels.tolist() == [0, 0, 1]
    label_points(heads[1], None, None, said.append, features)
    assert len(said) == 1
