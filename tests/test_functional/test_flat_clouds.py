"""Flat clouds keep their features and get through the deepest stage."""
import pytest
import torch

from reldistill_mm.functional import pad_flat_grids


def test_flat_axes_alone_are_shifted():
    coors = torch.tensor([[0, 0, 0, 0], [1, 40, 15, 9]], dtype=torch.int32)
    lifted = pad_flat_grids(coors)
    assert lifted.tolist() == [[0, 0, 0, 6], [1, 40, 15, 15]]
    assert lifted.dtype == torch.int32
    assert torch.equal(pad_flat_grids(lifted), lifted)


def test_no_voxel():
    assert len(pad_flat_grids(torch.zeros((0, 4), dtype=torch.int32))) == 0


def backbone():
    pytest.importorskip('mmdet3d')
    from mmdet3d.models.backbones import MinkUNetBackbone

    import reldistill_mm  # noqa: F401
    torch.manual_seed(0)
    return MinkUNetBackbone(
        in_channels=4,
        num_stages=4,
        base_channels=8,
        encoder_channels=[8, 8, 8, 8],
        encoder_blocks=[1, 1, 1, 1],
        decoder_channels=[8, 8, 8, 8],
        decoder_blocks=[1, 1, 1, 1],
        block_type='basic',
        sparseconv_backend='spconv').eval()


@torch.no_grad()
def test_mmdet3ds_minkunet_takes_a_lifted_cloud_only():
    """9 cells are none after four halvings.

    The features are those that the cloud has beside a far voxel, which makes
    the grid high enough.
    """
    flat = torch.cartesian_prod(
        torch.tensor([0]), torch.arange(32), torch.arange(32),
        torch.arange(9)).int()
    features = torch.randn(len(flat) + 1, 4)
    with pytest.raises(RuntimeError, match='out spatial shape'):
        backbone()(features[:-1], flat)
    lifted = pad_flat_grids(flat)
    found = backbone()(features[:-1], lifted)
    far = torch.tensor([[0, 400, 400, 200]], dtype=torch.int32)
    expected = backbone()(features, torch.cat([lifted, far]))[:-1]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    assert found.std() > 0
