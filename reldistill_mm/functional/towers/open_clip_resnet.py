"""open_clip's ``ModifiedResNet``: OpenAI's RN50 to RN50x64."""
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .atrous_resnet import STRIDES, resnet_maps, widen
from .positions import resize_position_embedding
from .tower import Tower, check_size


class OpenCLIPResNet(Tower):
    """The maps through the value path of the attention pool.

    Source: Zhou et al., "Extract Free Dense Labels from CLIP", ECCV 2022;
    the finer strides: :mod:`.atrous_resnet`.
    """
    family = "open_clip's ResNet"

    @classmethod
    def reads(cls, visual: Any) -> bool:
        """See :meth:`Tower.reads`."""
        return hasattr(visual, 'attnpool') and hasattr(visual, 'layer4')

    @property
    def strides(self) -> Sequence[int]:
        """The own stride, 32 pixels, and the finer ones."""
        return STRIDES

    def dense(self, images: Tensor, stride: int, path: str) -> Tensor:
        """See :meth:`Tower.dense`."""
        check_size(images, stride)
        maps = resnet_maps(self.visual, widen(images, stride), stride)
        return project_maps(self.visual.attnpool, maps)

    def pooled(self, images: Tensor) -> Tensor:
        """See :meth:`Tower.pooled`."""
        pool = self.visual.attnpool
        maps = resnet_maps(self.visual, images)
        grid = (maps.shape[-2], maps.shape[-1])
        tokens = maps.flatten(2).transpose(1, 2)
        tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1)
        tokens = tokens + resize_position_embedding(pool.positional_embedding,
                                                    grid).to(tokens)
        return _attend_from_first(pool, tokens)


def project_maps(pool: Any, maps: Tensor) -> Tensor:
    """Project a ResNet's maps (M, C, h, w) to the joint space (M, D, h, w).

    This is the value path of its ``AttentionPool2d``.
    """
    for layer in (pool.v_proj, pool.c_proj):
        maps = F.conv2d(maps, layer.weight[:, :, None, None], layer.bias)
    return maps


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
