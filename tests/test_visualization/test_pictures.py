"""Pictures: the right pixels in the right colours."""
import json

import numpy as np
import pytest
import torch
from PIL import Image

from reldistill_mm.functional import PointPixelPairs
from reldistill_mm.visualization import (ColourBar, camera_grid,
                                         draw_birds_eye, draw_curves,
                                         error_colours, feature_colours,
                                         label_colours, paint_pairs,
                                         pair_sheet, principal_axes,
                                         thin_pairs)
from reldistill_mm.visualization.feature_colours import colour_range
from reldistill_mm.visualization.legends import class_legend, with_strips
from reldistill_mm.visualization.pairs import NUSCENES_ORDER, depth_colours


def test_a_pair_is_marked_where_it_is():
    images = [np.zeros((40, 60, 3), np.uint8)] * 2
    pairs = PointPixelPairs(
        np.array([0, 1]), np.array([0, 1]), np.array([[10., 5.], [50., 30.]]),
        np.array([5., 50.]))
    colours = np.array([[255, 0, 0], [0, 255, 0]], np.uint8)
    pictures = [
        np.asarray(picture)
        for picture in paint_pairs(images, pairs, colours, radius=1)
    ]
    assert pictures[0][5, 10].tolist() == [255, 0, 0]
    assert pictures[1][30, 50].tolist() == [0, 255, 0]
    assert pictures[0][30, 50].sum() == pictures[1][5, 10].sum() == 0


def test_half_transparent_marks_do_not_add_up():
    image = [np.full((40, 60, 3), 100, np.uint8)]
    pairs = PointPixelPairs(
        np.arange(5), np.zeros(5, int), np.full((5, 2), 20.), np.ones(5))
    colours = np.tile(np.uint8([200, 0, 100]), (5, 1))
    picture, = paint_pairs(image, pairs, colours, radius=2, opacity=0.5)
    np.testing.assert_allclose(
        np.asarray(picture)[20, 20], [150, 50, 100], atol=1)


def test_the_nearest_of_a_cell_is_drawn():
    rng = np.random.default_rng(0)
    pairs = PointPixelPairs(
        np.arange(5000), rng.integers(0, 2, 5000),
        rng.uniform(0, 240, (5000, 2)).astype(np.float32),
        rng.uniform(1, 60, 5000).astype(np.float32))
    thin = thin_pairs(pairs, [240, 120], across=12)
    assert (np.diff(thin.depth) <= 0).all()
    kept = {}
    for camera, uv, depth in zip(pairs.camera, pairs.uv, pairs.depth):
        cell = (camera, *(uv // (20, 10)[camera]))
        kept[cell] = min(depth, kept.get(cell, np.inf))
    assert sorted(thin.depth) == sorted(kept.values())
    assert len(thin_pairs(pairs.select(np.zeros(0, int)), [240]).point) == 0


def test_bare_images_stand_beside_overlays():
    images = [
        np.full((90, 160, 3), 10, np.uint8),
        np.full((60, 80, 3), 90, np.uint8)
    ]
    overlays = [
        Image.new('RGB', image.shape[1::-1], 'red') for image in images
    ]
    sheet = np.asarray(pair_sheet(images, overlays, ['a', 'b'], ['', 'B']))
    assert sheet.shape[1] == 2 * 160 and sheet.shape[0] > 90 + 120
    assert sheet[80, 80].tolist() == [10] * 3 and sheet[200, 80].max() == 90
    assert sheet[80, 240].tolist() == sheet[200, 300].tolist() == [255, 0, 0]
    # The scale of depth, from near to far.
    foot = sheet[216].astype(int)
    assert foot[20, 0] > foot[20, 2] and foot[295, 2] > foot[295, 0]


def test_near_is_red_and_far_is_blue():
    near, far = depth_colours(np.array([3., 55.])).astype(int)
    assert near[0] > near[2] and far[2] > far[0]


def test_nuscenes_cameras_stand_as_on_the_car():
    names = sorted(NUSCENES_ORDER)
    pictures = [
        Image.new('RGB', (64, 36), (10 + 20 * NUSCENES_ORDER.index(n), 0, 0))
        for n in names
    ]
    grid = np.asarray(camera_grid(pictures, names, width=64))
    assert grid.shape == (72, 192, 3)
    assert [grid[30, 60 + 64 * i, 0] for i in range(3)] == [10, 30, 50]


def test_images_of_several_sizes():
    pictures = [Image.new('RGB', (64, 36)), Image.new('RGB', (64, 20))]
    assert camera_grid(pictures, ['a', 'b'], width=32).size == (64, 18)


def test_labels_and_errors():
    palette = np.array([[1, 2, 3], [4, 5, 6]])
    assert label_colours(np.array([1, 2]), palette).tolist() == [[4, 5, 6],
                                                                 [90, 90, 90]]
    colours = error_colours(np.array([0, 1, 0]), np.array([0, 0, 2]), 2)
    # Blue and orange, which everyone tells apart.
    assert colours[0].argmax() == 2 and colours[1].argmax() == 0
    assert colours[1, 1] > colours[1, 2]
    assert colours[2].tolist() == [90, 90, 90]


def test_equal_features_have_equal_colours():
    teacher = torch.randn(50, 8)
    mean, axes = principal_axes(teacher)
    low, high = colour_range(teacher, mean, axes)
    torch.testing.assert_close(axes.T @ axes, torch.eye(3))
    first = feature_colours(teacher, mean, axes, low, high)
    again = feature_colours(teacher[:10], mean, axes, low, high)
    assert torch.equal(first[:10], again) and first.dtype == torch.uint8


def test_a_large_scan_is_drawn_whole():
    xy = np.linspace(-90, 90, 400)[:, None].repeat(2, 1)
    bar = ColourBar(np.eye(3, dtype=np.uint8) * 255, (0.1, 0.4), 'cosine')
    figure = draw_birds_eye({'a': np.zeros((400, 3), np.uint8)},
                            xy,
                            bar=bar,
                            note='What colours mean')
    axis, scale = figure.axes
    assert axis.get_xlim()[1] > 89 and axis.get_ylabel() == 'y (m)'
    assert scale.get_xlabel() == 'cosine' and scale.get_xlim() == (0.1, 0.4)
    assert figure.get_supxlabel() == 'What colours mean'
    assert draw_birds_eye({'a': np.zeros((0, 3))}, np.zeros((0, 2))).axes


def test_titles_and_legends_take_no_picture_away():
    palette = np.array([[255, 0, 0], [0, 0, 255]])
    legend = class_legend(300, ['a_class', 'b'], palette)
    assert legend.width == 300
    shown = {tuple(each) for each in np.asarray(legend).reshape(-1, 3)}
    assert {(255, 0, 0), (0, 0, 255)} <= shown
    assert class_legend(300, ['word'] * 60, np.zeros((60, 3))).height > 100
    bare = Image.new('RGB', (300, 50), 'white')
    whole = np.asarray(with_strips(bare, 'a title', legend))
    assert len(whole) > 50 + legend.height
    white = (whole == 255).all((1, 2))
    assert white.sum() == 50


def test_birds_eye_and_curves(tmp_path):
    xy = np.random.rand(30, 2) * 20
    figure = draw_birds_eye({'a': np.zeros((30, 3), np.uint8)},
                            xy,
                            classes=['car'],
                            palette=np.array([[255, 0, 0]]))
    assert figure.axes[0].get_title() == 'a'
    with pytest.raises(FileNotFoundError, match='scalars.json'):
        draw_curves(tmp_path)
    log = tmp_path / 'run/vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    records = [
        dict(loss=2, loss_cross=1.5, step=1),
        dict(loss=1, loss_cross=.5, step=2),
        dict(miou=0.3, miou_visible=0.4, step=1)
    ]
    log.write_text('\n'.join(map(json.dumps, records)))
    left, right = draw_curves(tmp_path).axes
    assert len(left.lines) == 2 and len(right.lines) == 2
