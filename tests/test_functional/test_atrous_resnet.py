"""Finer maps by the same weights: shift-and-stitch, exactly."""
import pytest
import torch
from tiny_clip import write_config

from reldistill_mm.functional import dense_features
from reldistill_mm.functional.towers.atrous_resnet import resnet_maps, widen


@pytest.fixture(scope='module')
def visual(tmp_path_factory):
    from reldistill_mm.models.teachers.build_clip import build_clip
    folder = tmp_path_factory.mktemp('clip')
    # Made before a test's own seed: the same network in any order of tests.
    torch.manual_seed(0)
    clip = build_clip(write_config(folder, 'tiny-test-resnet'), 'random')
    for module in clip.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
    return clip.visual.double()


@pytest.mark.parametrize('stride', [16, 8])
def test_every_other_cell_is_the_towers_own(visual, stride):
    images = torch.randn(2, 3, 96, 128, dtype=torch.float64)
    step = 32 // stride
    with torch.no_grad():
        own = resnet_maps(visual, images)
        fine = resnet_maps(visual, images, stride)
    assert own.shape[-2:] == (3, 4)
    assert fine.shape[-2:] == (2 * step + 1, 3 * step + 1)
    torch.testing.assert_close(fine[..., ::step, ::step], own)


@pytest.mark.parametrize('stride', [16, 8])
def test_cells_between_are_those_of_the_moved_image(visual, stride):
    images = torch.randn(1, 3, 384, 448, dtype=torch.float64)
    moved = images[..., stride:stride - 32, stride:stride - 32]
    step = 32 // stride
    with torch.no_grad():
        fine = resnet_maps(visual, images, stride)[..., 1::step, 1::step]
        own = resnet_maps(visual, moved)
    inner = (..., slice(4, -4), slice(4, -4))
    assert fine[inner].numel()
    # At the border one tower sees pixels where the other sees zeros.
    torch.testing.assert_close(fine[inner], own[inner], rtol=0.05, atol=0.05)


@pytest.mark.parametrize('stride', [32, 16, 8])
def test_dense_cells_tile_the_image(visual, stride):
    """A bright square is found in the cells that it covers."""
    images = torch.zeros(1, 3, 128, 192, dtype=torch.float64)
    with torch.no_grad():
        plain = dense_features(visual, images, stride)
        images[..., 32:64, 128:160] = 3
        change = (dense_features(visual, images, stride) - plain).norm(dim=1)
    assert change.shape == (1, 128 // stride, 192 // stride)
    v, u = torch.meshgrid(
        (torch.arange(128 // stride) + 0.5) * stride,
        (torch.arange(192 // stride) + 0.5) * stride,
        indexing='ij')
    weight = change[0]**4 / (change[0]**4).sum()
    assert abs(float((weight * v).sum()) - 48) < 10
    assert abs(float((weight * u).sum()) - 144) < 10


def test_widen_leaves_the_own_stride_alone():
    images = torch.randn(1, 3, 32, 64)
    assert widen(images, 32) is images
    assert widen(images, 8).shape == (1, 3, 56, 88)


def test_errors(visual):
    images = torch.zeros(1, 3, 64, 72, dtype=torch.float64)
    with pytest.raises(ValueError, match='64x72.*16x16'):
        dense_features(visual, images, 16)
    with pytest.raises(ValueError, match='every 4 pixels; set stride'):
        dense_features(visual, torch.zeros(1, 3, 64, 64).double(), 4)


def test_a_vit_has_one_stride(tmp_path):
    from reldistill_mm.models.teachers.build_clip import build_clip
    clip = build_clip(write_config(tmp_path, 'tiny-test-vit'), 'random')
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(
            dense_features(clip.visual, images, 16),
            dense_features(clip.visual, images))
    with pytest.raises(ValueError, match='no features every 8 pixels'):
        dense_features(clip.visual, images, 8)
