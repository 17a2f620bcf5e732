"""Dense, text-aligned features of a CLIP image tower (the MaskCLIP path).

Works on open_clip's own modules, which it only reads. Where the class token is
pooled, the attention of the last layer is replaced by its value path, so that
each position keeps its own content in CLIP's joint space. Source: Zhou et
al., "Extract Free Dense Labels from CLIP", ECCV 2022.

Where the patches are averaged (CLIPA), no class token stands between them and
the joint space: the embedding is a sum over positions, and a position's
feature is its term, times their number. Source: Gandelsman et al.,
"Interpreting CLIP's Image Representation via Text-Based Decomposition", ICLR
2024, for the folded layer norm.

Rectangular images are taken as they are: the positional embedding is resized
(bicubic, as open_clip does on loading) to the image's grid.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import BadInput
from .atrous_resnet import COARSEST, STRIDES, check_size, resnet_maps, widen


def dense_features(visual: nn.Module,
                   images: Tensor,
                   stride: int | None = None) -> Tensor:
    """Compute patch features in CLIP's joint space.

    Args:
        visual (nn.Module): ``model.visual`` of open_clip, a
            ``VisionTransformer`` or a ``ModifiedResNet``.
        images (Tensor): (M, 3, H, W) float, normalised with the model's own
            mean and std; H and W multiples of the patch size (ViT) or of the
            stride (ResNet).
        stride (int, optional): Pixels from one feature to the next: 32, 16
            or 8 for a ResNet, whose maps become finer by the same weights
            (see :mod:`.atrous_resnet`). Defaults to None, the tower's own.

    Returns:
        Tensor: (M, D, h, w), not normalised; with average pooling their mean
        is the image's embedding.

    Raises:
        BadInput: Another kind of tower, or a size or a stride that it does
            not support.

    Example:
        >>> from open_clip.transformer import VisionTransformer
        >>> visual = VisionTransformer(
        ...     image_size=32, patch_size=16, width=8, layers=2, heads=2,
        ...     mlp_ratio=2., output_dim=4)
        >>> dense_features(visual, torch.zeros(3, 3, 32, 64)).shape
        torch.Size([3, 4, 2, 4])
    """
    stride = tower_stride(visual, stride)
    # Any, here and below: nn.Module tells neither layers nor attributes.
    tower: Any = visual
    if _is_vit(tower):
        tokens, grid = _vit_tokens(tower, images)
        blocks = list(tower.transformer.resblocks)
        if tower.pool_type == 'avg':
            tokens = _run_blocks(tower, blocks, tokens)[:, 1:]
            tokens = _averaged_terms(tower, tokens) @ tower.proj
        else:
            tokens = _run_blocks(tower, blocks[:-1], tokens)
            tokens = _value_path(blocks[-1], tokens)
            tokens = tower.ln_post(tokens)[:, 1:] @ tower.proj
        return tokens.transpose(1, 2).unflatten(2, grid)
    check_size(images, stride)
    maps = resnet_maps(visual, widen(images, stride), stride)
    return project_maps(tower.attnpool, maps)


def tower_stride(visual: nn.Module, stride: int | None = None) -> int:
    """Pixels from one feature of a tower to the next; no weight is read.

    Args:
        visual (nn.Module): See :func:`dense_features`.
        stride (int, optional): Requested stride. Defaults to None, the
            tower's own.

    Raises:
        BadInput: The tower has no dense features, or not at this stride.
    """
    tower: Any = visual
    choice: tuple[int, ...]
    if not _is_vit(tower):
        own, choice = COARSEST, STRIDES
        remedy = f'set stride to one of {STRIDES}'
    else:
        own = tower.patch_size[0]
        choice = (own, )
        remedy = 'leave stride out, or enlarge the images'
    if stride is not None and stride not in choice:
        raise BadInput(f'A {type(visual).__name__} whose own stride is {own} '
                       f'has no features every {stride} pixels; {remedy}.')
    return own if stride is None else stride


def project_maps(pool: nn.Module, maps: Tensor) -> Tensor:
    """Project a ResNet's maps (M, C, h, w) to the joint space (M, D, h, w).

    This is the value path of its ``AttentionPool2d``.
    """
    attention: Any = pool
    maps = F.conv2d(maps, attention.v_proj.weight[:, :, None, None],
                    attention.v_proj.bias)
    return F.conv2d(maps, attention.c_proj.weight[:, :, None, None],
                    attention.c_proj.bias)


def pooled_features(visual: nn.Module, images: Tensor) -> Tensor:
    """Compute the image embedding by the same code as the dense path.

    At the model's native size it equals open_clip's ``encode_image``; that
    equality is the proof that the dense path reads the tower correctly.

    Args:
        visual (nn.Module): See :func:`dense_features`.
        images (Tensor): (M, 3, H, W) float, normalised.

    Returns:
        Tensor: (M, D), not normalised.

    Raises:
        TypeError, BadInput: See :func:`dense_features`.

    Example:
        >>> from open_clip.transformer import VisionTransformer
        >>> visual = VisionTransformer(
        ...     image_size=32, patch_size=16, width=8, layers=2, heads=2,
        ...     mlp_ratio=2., output_dim=4).eval()
        >>> images = torch.rand(3, 3, 32, 32)
        >>> torch.allclose(pooled_features(visual, images), visual(images),
        ...                atol=1e-6)
        True
    """
    tower: Any = visual
    if _is_vit(tower):
        tokens, _ = _vit_tokens(tower, images)
        tokens = _run_blocks(tower, tower.transformer.resblocks, tokens)
        return tower._pool(tokens)[0] @ tower.proj
    pool = tower.attnpool
    maps = resnet_maps(tower, images)
    grid = (maps.shape[-2], maps.shape[-1])
    tokens = maps.flatten(2).transpose(1, 2)
    tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1)
    tokens = tokens + resize_position_embedding(pool.positional_embedding,
                                                grid).to(tokens)
    return _attend_from_first(pool, tokens)


def resize_position_embedding(embedding: Tensor,
                              grid: tuple[int, int],
                              own: tuple[int, int] | None = None) -> Tensor:
    """Fit a positional embedding to another grid.

    Args:
        embedding (Tensor): (1 + rows * columns, C), the class token's row
            first.
        grid (tuple[int, int]): Requested rows and columns.
        own (tuple[int, int], optional): Rows and columns that it has.
            Defaults to None, as many rows as columns.

    Returns:
        Tensor: (1 + rows * columns, C); the same tensor if it fits.
    """
    side = round((len(embedding) - 1)**0.5)
    own = (side, side) if own is None else own
    if grid == tuple(own):
        return embedding
    first, rest = embedding[:1], embedding[1:]
    rest = rest.T.unflatten(1, tuple(own))[None].float()
    rest = F.interpolate(
        rest, size=grid, mode='bicubic', align_corners=False, antialias=True)
    return torch.cat([first, rest[0].flatten(1).T.to(first)])


def _is_vit(visual: Any) -> bool:
    """Tell the two supported towers apart by their modules."""
    if hasattr(visual, 'attnpool') and hasattr(visual, 'layer4'):
        return False
    reason = _no_dense_path(visual)
    if reason:
        raise BadInput(
            f'Dense features need a plain ViT or a ModifiedResNet of '
            f'open_clip, not {type(visual).__name__}, {reason}; take e.g. '
            "'ViT-B-16' or 'RN50'.")
    return True


def _no_dense_path(visual: Any) -> str:
    """Say why a tower that is not a ResNet cannot be read, or nothing."""
    if not (hasattr(visual, 'transformer') and hasattr(visual, 'conv1')):
        return "which has no patches of open_clip's own (timm, Hugging Face)"
    attention = getattr(visual.transformer.resblocks[-1], 'attn', None)
    pool = getattr(visual, 'pool_type', None)
    patch = visual.patch_size
    if not isinstance(attention, nn.MultiheadAttention):
        return 'which has an attention of its own kind (block_type custom)'
    if getattr(visual, 'attn_pool', None) is not None:
        return 'whose patches are pooled by attention (attentional_pool)'
    if getattr(visual, 'class_embedding', None) is None:
        return 'which has no class token'
    if pool not in ('tok', 'avg'):
        return f"which is pooled in no known way (pool_type '{pool}')"
    if patch[0] != patch[1]:
        return f'whose patches of {patch[0]}x{patch[1]} pixels are not square'
    return ''


def _vit_tokens(visual: Any, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Embed patches and positions: (M, 1 + h w, C) and (h, w)."""
    check_size(images, visual.patch_size[0])
    patches = visual.conv1(images)
    grid = (patches.shape[-2], patches.shape[-1])
    tokens = patches.flatten(2).transpose(1, 2)
    first = visual.class_embedding.to(tokens).expand(len(tokens), 1, -1)
    tokens = torch.cat([first, tokens], 1)
    tokens = tokens + resize_position_embedding(
        visual.positional_embedding, grid, visual.grid_size).to(tokens)
    return visual.ln_pre(tokens), grid


def _run_blocks(visual: Any, blocks: Iterable[Any], tokens: Tensor) -> Tensor:
    """Run residual blocks on (M, L, C), whichever layout open_clip uses."""
    batch_first = getattr(visual.transformer, 'batch_first', True)
    if not batch_first:
        tokens = tokens.transpose(0, 1)
    for block in blocks:
        tokens = block(tokens)
    return tokens if batch_first else tokens.transpose(0, 1)


def _value_path(block: Any, tokens: Tensor) -> Tensor:
    """Run a residual block whose attention is the identity over positions."""
    attention = block.attn
    width = attention.embed_dim
    value = F.linear(
        block.ln_1(tokens), attention.in_proj_weight[2 * width:],
        attention.in_proj_bias[2 * width:])
    tokens = tokens + block.ls_1(attention.out_proj(value))
    return tokens + block.ls_2(block.mlp(block.ln_2(tokens)))


def _averaged_terms(visual: Any, tokens: Tensor) -> Tensor:
    """Layer norm of patches (M, L, C) whose mean over L is the pooled one.

    Where the norm follows the average, its scale is that of the average, for
    all positions of an image.
    """
    if not visual.final_ln_after_pool:
        return visual.ln_post(tokens)
    norm = visual.ln_post
    mean = tokens.mean(1, keepdim=True)
    scale = (mean.var(-1, correction=0, keepdim=True) + norm.eps).rsqrt()
    tokens = (tokens - tokens.mean(-1, keepdim=True)) * scale
    return tokens * norm.weight + norm.bias


def _attend_from_first(pool: Any, tokens: Tensor) -> Tensor:
    """Compute the attention pool's output at its first query, (M, D)."""
    count, length, width = tokens.shape
    heads = pool.num_heads

    def split(values: Tensor) -> Tensor:
        return values.unflatten(-1, (heads, width // heads)).transpose(1, 2)

    attended = F.scaled_dot_product_attention(
        split(pool.q_proj(tokens[:, :1])), split(pool.k_proj(tokens)),
        split(pool.v_proj(tokens)))
    return pool.c_proj(attended.transpose(1, 2).reshape(count, width))
