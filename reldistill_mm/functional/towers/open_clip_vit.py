"""open_clip's own ``VisionTransformer``: CLIP, CLIPA, CoCa."""
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from .attention_paths import last_block
from .positions import resize_position_embedding
from .tower import DENSE_PATHS, Tower, as_maps, check_size, each_alone


class OpenCLIPViT(Tower):
    """Patches past the attention that would mix them.

    Where the class token is pooled, the last block takes one of the
    :mod:`.attention_paths`.

    Where the patches are averaged (CLIPA), no class token stands between them
    and the joint space: the embedding is a sum over positions, and a
    position's feature is its term, times their number. Source: Gandelsman et
    al., "Interpreting CLIP's Image Representation via Text-Based
    Decomposition", ICLR 2024, for the folded layer norm.

    Where attention pools the tokens (CoCa), that attention sees each patch
    alone: its value path. Source: ours, after MaskCLIP.
    """
    family = "open_clip's ViT"

    @property
    def dense_paths(self) -> Sequence[str]:
        """All where a class token is pooled; no other has a last attention
        that could be replaced."""
        return DENSE_PATHS if self.pools_class_token else DENSE_PATHS[:1]

    @classmethod
    def reads(cls, visual: Any) -> bool:
        """See :meth:`Tower.reads`."""
        return hasattr(visual, 'transformer') and hasattr(visual, 'conv1')

    @property
    def pools_class_token(self) -> bool:
        """Whether the pooled embedding is that of the class token."""
        return (getattr(self.visual, 'attn_pool', None) is None
                and getattr(self.visual, 'pool_type', None) == 'tok')

    def why_not(self) -> str:
        """See :meth:`Tower.why_not`."""
        visual = self.visual
        attention = getattr(visual.transformer.resblocks[-1], 'attn', None)
        patch = visual.patch_size
        if not isinstance(attention, nn.MultiheadAttention):
            return 'its attention is of its own kind (block_type custom)'
        if getattr(visual, 'attn_pool_contrastive', None) is not None:
            return ('its patches are pooled by two attentions '
                    f"(attentional_pool '{visual.attn_pool_type}')")
        if getattr(visual, 'class_embedding', None) is None:
            return 'it has no class token'
        if visual.pool_type not in ('tok', 'avg'):
            return ('it is pooled in no known way '
                    f"(pool_type '{visual.pool_type}')")
        if patch[0] != patch[1]:
            return (f'its patches of {patch[0]}x{patch[1]} pixels are not '
                    'square')
        return ''

    @property
    def strides(self) -> Sequence[int]:
        """The side of a patch alone."""
        return (self.visual.patch_size[0], )

    def dense(self, images: Tensor, stride: int, path: str) -> Tensor:
        """See :meth:`Tower.dense`."""
        visual = self.visual
        tokens, grid = self._embed(images)
        *first, last = visual.transformer.resblocks
        tokens = self._run(first, tokens)
        if self.pools_class_token:
            tokens = last_block(last, tokens, grid, path)[:, 1:]
            tokens = visual.ln_post(tokens)
        elif visual.attn_pool is not None:
            tokens = self._run([last], tokens)[:, 1:]
            tokens = _alone_in_pool(visual.attn_pool, tokens)
            tokens = visual.ln_post(tokens)
        else:
            tokens = _averaged_terms(visual, self._run([last], tokens)[:, 1:])
        return as_maps(tokens @ visual.proj, grid)

    def pooled(self, images: Tensor) -> Tensor:
        """See :meth:`Tower.pooled`."""
        tokens, _ = self._embed(images)
        tokens = self._run(self.visual.transformer.resblocks, tokens)
        return self.visual._pool(tokens)[0] @ self.visual.proj

    def _embed(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Embed patches and positions: (M, 1 + h w, C) and (h, w)."""
        visual = self.visual
        check_size(images, visual.patch_size[0])
        patches = visual.conv1(images)
        grid = (patches.shape[-2], patches.shape[-1])
        tokens = patches.flatten(2).transpose(1, 2)
        first = visual.class_embedding.to(tokens).expand(len(tokens), 1, -1)
        tokens = torch.cat([first, tokens], 1)
        tokens = tokens + resize_position_embedding(
            visual.positional_embedding, grid, visual.grid_size).to(tokens)
        return visual.ln_pre(tokens), grid

    def _run(self, blocks: Iterable[Any], tokens: Tensor) -> Tensor:
        """Run blocks on (M, L, C), whichever layout open_clip uses."""
        batch_first = getattr(self.visual.transformer, 'batch_first', True)
        if not batch_first:
            tokens = tokens.transpose(0, 1)
        for block in blocks:
            tokens = block(tokens)
        return tokens if batch_first else tokens.transpose(0, 1)


def _alone_in_pool(pool: Any, tokens: Tensor) -> Tensor:
    """Pool each token (M, L, C) by itself; all queries give the same."""
    alone = pool.ln_k(each_alone(tokens))
    query = pool.ln_q(pool.query[:1]).expand(len(alone), 1, -1)
    pooled = pool.attn(query, alone, alone, need_weights=False)[0]
    return pooled.reshape(*tokens.shape[:2], -1)


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
