"""Every family of image towers against open_clip and a formula by hand."""
import math

import pytest
import torch
from open_clip.transformer import LayerScale
from tiny_towers import FAMILIES, build_tower
from torch.nn import functional as F

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (dense_features, over_windows,
                                      pooled_features)
from reldistill_mm.functional.towers import FAMILIES as READERS
from reldistill_mm.functional.towers import read_tower


@pytest.mark.parametrize('family', FAMILIES)
def test_pooled_equals_encode_image(tmp_path, family):
    clip = build_tower(tmp_path, family)
    images = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        expected = clip.encode_image(images, normalize=False)
        found = pooled_features(clip.visual, images)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
        # Nothing of the tower was changed, and any size is taken.
        maps = dense_features(clip.visual, torch.randn(2, 3, 64, 128))
        again = clip.encode_image(images, normalize=False)
    torch.testing.assert_close(again, expected, rtol=0, atol=0)
    rows = 64 // read_tower(clip.visual).strides[0]
    assert maps.shape == (2, expected.shape[1], rows, 2 * rows)
    assert maps.isfinite().all()


def inputs_of(module, visual, images):
    """What a module is given when the tower embeds images, in float64."""
    seen = []
    handle = module.register_forward_pre_hook(
        lambda _, args: seen.append(args[0]))
    visual.double()(images.double())
    handle.remove()
    return seen[0]


def norm(layer, x):
    x = (x - x.mean(-1, keepdim=True)) / (
        x.var(-1, correction=0, keepdim=True) + layer.eps).sqrt()
    return x * layer.weight + layer.bias


def by_hand_coca(visual, images):
    x = inputs_of(visual.attn_pool, visual, images)[:, 1:]
    pool = visual.attn_pool
    value = norm(pool.ln_k, x) @ pool.attn.v_proj_weight.T
    value = value + pool.attn.in_proj_bias[-value.shape[-1]:]
    out = value @ pool.attn.out_proj.weight.T + pool.attn.out_proj.bias
    return norm(visual.ln_post, out) @ visual.proj


def by_hand_siglip(visual, images):
    pool = visual.trunk.attn_pool
    x = inputs_of(pool, visual, images)
    value = x @ pool.kv.weight[32:].T + pool.kv.bias[32:]
    x = value @ pool.proj.weight.T + pool.proj.bias
    hidden = F.gelu(
        norm(pool.norm, x) @ pool.mlp.fc1.weight.T + pool.mlp.fc1.bias)
    return x + hidden @ pool.mlp.fc2.weight.T + pool.mlp.fc2.bias


def by_hand_eva02(visual, images):
    trunk, block = visual.trunk, visual.trunk.blocks[-1]
    x = inputs_of(block, visual, images)[:, 1:]
    value = norm(block.norm1, x) @ block.attn.v_proj.weight.T \
        + block.attn.v_proj.bias
    value = norm(block.attn.norm, value)
    x = x + value @ block.attn.proj.weight.T + block.attn.proj.bias
    y, mlp = norm(block.norm2, x), block.mlp
    gated = F.silu(y @ mlp.fc1_g.weight.T + mlp.fc1_g.bias) * (
        y @ mlp.fc1_x.weight.T + mlp.fc1_x.bias)
    x = x + norm(mlp.norm, gated) @ mlp.fc2.weight.T + mlp.fc2.bias
    return norm(trunk.norm, x) @ trunk.head.weight.T + trunk.head.bias


def by_hand_convnext(visual, images):
    x = inputs_of(visual.trunk.head, visual, images).permute(0, 2, 3, 1)
    x = norm(visual.trunk.head.norm, x).flatten(1, 2)
    return x @ visual.head.proj.weight.T


def by_hand_mobileclip_s(visual, images):
    x = inputs_of(visual.trunk.head, visual, images).flatten(2).mT
    layer = visual.trunk.head.fc
    return x @ layer.weight.T + layer.bias


@pytest.mark.parametrize('family', [
    'coca', 'siglip', 'eva02', 'convnext', 'mobileclip_s'])  # yapf: disable
def test_dense_equals_the_formula(tmp_path, family):
    visual = build_tower(tmp_path, family).visual
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = dense_features(visual, images).flatten(2).mT
        expected = globals()[f'by_hand_{family}'](visual, images)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-5)


def attention_by_hand(visual, images, path):
    """One query at a time, one head at a time, from the papers' formulas."""
    block = visual.transformer.resblocks[-1]
    x = inputs_of(block, visual, images)
    weight, bias = block.attn.in_proj_weight, block.attn.in_proj_bias
    q, k, v = (norm(block.ln_1, x) @ weight.T + bias).split(32, -1)
    place = [(0, 0)] + [(i, j) for i in range(4) for j in range(4)]
    mixed = torch.zeros_like(v)
    for image in range(len(x)):
        for head in (slice(0, 16), slice(16, 32)):
            for row in range(17):

                near = torch.tensor([
                    0. if 0 in (row, other) else math.exp(
                        -math.dist(place[row], place[other])**2 / 50)
                    for other in range(17)], dtype=x.dtype)  # yapf: disable
                of_q, of_k = (
                    a[image, row, head] @ a[image, :, head].T / 4
                    for a in (q, k))
                share = dict(
                    sclip=of_q.softmax(0) + of_k.softmax(0),
                    clearclip=of_q.softmax(0),
                    nacl=(of_k + near).softmax(0))[path]
                mixed[image, row, head] = share @ v[image, :, head]
    out = mixed @ block.attn.out_proj.weight.T + block.attn.out_proj.bias
    out = out * getattr(block.ls_1, 'gamma', 1)
    if path == 'sclip':
        x = x + out
        hidden = F.gelu(
            norm(block.ln_2, x) @ block.mlp.c_fc.weight.T +
            block.mlp.c_fc.bias)
        out = x + hidden @ block.mlp.c_proj.weight.T + block.mlp.c_proj.bias
    return (norm(visual.ln_post, out) @ visual.proj)[:, 1:]


@pytest.mark.parametrize('scaled', [False, True])
@pytest.mark.parametrize('path', ['sclip', 'clearclip', 'nacl'])
def test_dense_paths_equal_their_formulas(tmp_path, path, scaled):
    visual = build_tower(tmp_path, 'clip').visual
    if scaled:
        scale = LayerScale(32)
        torch.nn.init.uniform_(scale.gamma, .1, 2)
        visual.transformer.resblocks[-1].ls_1 = scale
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = dense_features(visual, images, path=path).flatten(2).mT
        expected = attention_by_hand(visual, images, path)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('family, path, message', [
    ('clip', 'maskclp', "no dense path 'maskclp', which is none of"),
    ('siglip', 'nacl', "SigLIP.*no dense path 'nacl'; set dense to"),
    ('clipa', 'sclip', "no dense path 'sclip'"),
    ('convnext', 'clearclip', "ConvNeXt.* no dense path 'clearclip'"),
])
def test_paths_that_a_family_does_not_have(tmp_path, family, path, message):
    visual = build_tower(tmp_path, family).visual
    with pytest.raises(BadInput, match=message):
        dense_features(visual, torch.zeros(1, 3, 64, 64), path=path)


def test_an_unknown_tower_names_the_families():
    with pytest.raises(BadInput, match='Linear.*ConvNeXt'):
        read_tower(torch.nn.Linear(1, 1))
    assert len({reader.family for reader in READERS}) == len(READERS)


def test_windows_equal_a_slow_loop():
    torch.manual_seed(0)
    weight = torch.randn(5, 3, 4, 4)

    def encode(images):
        # What is seen depends on the window, as in a ViT.
        return F.conv2d(images - images.mean((2, 3), True), weight, stride=4)

    images = torch.randn(2, 3, 24, 40)
    found = over_windows(encode, images, (16, 16), 8, 4)
    expected, count = torch.zeros(2, 5, 6, 10), torch.zeros(6, 10)
    for top in (0, 8):
        for left in (0, 8, 16, 24):
            maps = encode(images[..., top:top + 16, left:left + 16])
            for y in range(4):
                for x in range(4):
                    cell = maps[..., y, x]
                    expected[..., top // 4 + y, left // 4 + x] += (
                        cell / cell.norm(dim=1, keepdim=True))
                    count[top // 4 + y, left // 4 + x] += 1
    torch.testing.assert_close(found, expected / count)
    # One window is the whole image, a larger one is cut off.
    torch.testing.assert_close(
        over_windows(encode, images, (64, 64), 8, 4),
        F.normalize(encode(images), dim=1))
