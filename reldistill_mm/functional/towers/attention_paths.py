"""The last block of a ViT, read so that positions keep their own content.

Four training-free ways by name. All replace the attention of the last block;
``clearclip`` and ``nacl`` also leave out its residual and its MLP.

- ``maskclip``: no attention, the value alone. Zhou et al., "Extract Free
  Dense Labels from CLIP", ECCV 2022.
- ``sclip``: softmax(q qT) + softmax(k kT), correlative self-attention. Wang
  et al., "SCLIP: Rethinking Self-Attention for Dense Vision-Language
  Inference", ECCV 2024, eq. 3.
- ``clearclip``: softmax(q qT). Lan et al., "ClearCLIP: Decomposing CLIP
  Representations for Dense Vision-Language Inference", ECCV 2024, eq. 6.
- ``nacl``: softmax(k kT + a Gaussian around each patch, of standard
  deviation 5 patches and height 1). Hajimiri et al., "Pay Attention to Your
  Neighbours: Training-Free Open-Vocabulary Semantic Segmentation", WACV 2025,
  eq. 6 to 8.

Similarities are scaled by the root of a head's width, as in the tower.
"""
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .tower import each_alone

GAUSSIAN_STD = 5.


def last_block(block: Any, tokens: Tensor, grid: tuple[int, int],
               path: str) -> Tensor:
    """Run open_clip's ``ResidualAttentionBlock`` along a dense path.

    Args:
        block (nn.Module): The block, with ``nn.MultiheadAttention``.
        tokens (Tensor): (M, 1 + h * w, C), the class token first.
        grid (tuple[int, int]): h and w.
        path (str): One of :data:`.DENSE_PATHS`.

    Returns:
        Tensor: (M, 1 + h * w, C).
    """
    if path == 'maskclip':
        # nn.MultiheadAttention takes (L, M, C) or (M, L, C): a sequence of
        # one either way.
        alone = each_alone(tokens)
        if not block.attn.batch_first:
            alone = alone.transpose(0, 1)
        return block(alone).reshape(tokens.shape)
    attended = block.attn.out_proj(_attend(block, tokens, grid, path))
    # What the block would add to the residual.
    attended = block.ls_1(attended)
    if path != 'sclip':
        return attended
    tokens = tokens + attended
    return tokens + block.ls_2(block.mlp(block.ln_2(tokens)))


def _attend(block: Any, tokens: Tensor, grid: tuple[int, int],
            path: str) -> Tensor:
    """Mix the values (M, L, C) by similarities of queries, keys or both."""
    attention = block.attn
    projected = F.linear(
        block.ln_1(tokens), attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = (
        each.unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
        for each in projected.chunk(3, -1))
    mixed = F.scaled_dot_product_attention
    if path == 'sclip':
        out = mixed(query, query, value) + mixed(key, key, value)
    elif path == 'clearclip':
        out = mixed(query, query, value)
    else:
        out = mixed(key, key, value, _neighbourhood(grid, key.device).to(key))
    return out.transpose(1, 2).flatten(2)


def _neighbourhood(grid: tuple[int, int], device: torch.device) -> Tensor:
    """What is added to similarities, (1 + h * w, 1 + h * w); 0 at the class
    token's."""
    rows, columns = (torch.arange(float(size), device=device) for size in grid)
    place = torch.cartesian_prod(rows, columns)
    square = torch.cdist(place, place).square()
    return F.pad(torch.exp(-square / (2 * GAUSSIAN_STD**2)), (1, 0, 1, 0))
