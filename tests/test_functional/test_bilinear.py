"""Sub-pixel sampling against torch's own."""
import torch
from torch.nn import functional as F

from reldistill_mm.functional import sample_bilinear

SIZE = (48, 80)


def random_case(count=400):
    maps = torch.randn(3, 5, 6, 10, dtype=torch.float64)
    image = torch.randint(0, 3, (count, ))
    uv = torch.rand(count, 2, dtype=torch.float64) * torch.tensor([79., 47.])
    return maps, image, uv


def test_equals_grid_sample():
    maps, image, uv = random_case()
    out = sample_bilinear(maps, image, uv, SIZE)
    for index in range(3):
        mine = image == index
        # grid_sample wants (x, y) in [-1, 1] over pixel edges (trap 24).
        grid = (uv[mine] + 0.5) / torch.tensor([80., 48.]) * 2 - 1
        expected = F.grid_sample(
            maps[index:index + 1],
            grid[None, None],
            padding_mode='border',
            align_corners=False)[0, :, 0].T
        torch.testing.assert_close(out[mine], expected)


def test_equals_upsampling_at_whole_pixels():
    maps, image, uv = random_case()
    uv = uv.round()
    full = F.interpolate(maps, size=SIZE, mode='bilinear', align_corners=False)
    x, y = uv.long().unbind(1)
    torch.testing.assert_close(
        sample_bilinear(maps, image, uv, SIZE), full[image, :, y, x])


def test_axes_are_not_swapped():
    maps = torch.zeros(1, 1, 4, 8)
    maps[0, 0, 1, 6] = 1
    uv = torch.tensor([[6.0, 1.0], [1.0, 6.0]])
    out = sample_bilinear(maps, torch.zeros(2, dtype=torch.long), uv, (4, 8))
    assert out.tolist() == [[1.0], [0.0]]


def test_no_position():
    out = sample_bilinear(
        torch.randn(1, 5, 2, 2), torch.zeros(0, dtype=torch.long),
        torch.zeros(0, 2), (4, 4))
    assert out.shape == (0, 5)
