"""ViTs of timm in open_clip: SigLIP, SigLIP 2, EVA-02, MobileCLIP-B, PE."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from .tower import Tower, as_maps, check_size, each_alone


class TimmViT(Tower):
    """Each patch, taken alone by what pools the patches.

    Where a class token is pooled, the last block sees each token alone, as
    MaskCLIP reads it. Where attention pools the patches (SigLIP), that
    attention sees each patch alone: its value path. Where they are averaged,
    a patch passes through the norm and the head by itself. Source: Zhou et
    al., "Extract Free Dense Labels from CLIP", ECCV 2022, for the first; ours
    for the others.
    """
    family = "timm's ViTs (SigLIP, EVA-02, MobileCLIP-B)"

    @classmethod
    def reads(cls, visual: Any) -> bool:
        """See :meth:`Tower.reads`."""
        trunk = getattr(visual, 'trunk', None)
        return hasattr(visual, 'head') and all(
            hasattr(trunk, name)
            for name in ('blocks', 'patch_embed', 'fc_norm', 'global_pool',
                         'dynamic_img_size'))

    def why_not(self) -> str:
        """See :meth:`Tower.why_not`."""
        trunk = self.visual.trunk
        if getattr(trunk, 'attn_pool',
                   None) is None and (trunk.global_pool
                                      not in ('token', 'avg')):
            return (f"it is pooled in no known way (global_pool "
                    f"'{trunk.global_pool}')")
        return ''

    @property
    def strides(self) -> Sequence[int]:
        """The own stride alone."""
        return (self.visual.trunk.feature_info[-1]['reduction'], )

    def dense(self, images: Tensor, stride: int, path: str) -> Tensor:
        """See :meth:`Tower.dense`."""
        check_size(images, stride)
        trunk = self.visual.trunk
        attention = getattr(trunk, 'attn_pool', None)
        if attention is None and trunk.global_pool == 'token':
            with _one_at_a_time(trunk.blocks[-1]):
                tokens = self._tokens(images)
        else:
            tokens = self._tokens(images)
        tokens = tokens[:, trunk.num_prefix_tokens:]
        if attention is not None:
            tokens = attention(each_alone(tokens)).reshape(tokens.shape)
        tokens = self.visual.head(trunk.head(trunk.fc_norm(tokens)))
        height, width = images.shape[-2:]
        return as_maps(tokens, (height // stride, width // stride))

    def pooled(self, images: Tensor) -> Tensor:
        """See :meth:`Tower.pooled`."""
        check_size(images, self.strides[0])
        trunk = self.visual.trunk
        return self.visual.head(trunk.forward_head(self._tokens(images)))

    def _tokens(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        stride = self.strides[0]
        with _grid(self.visual.trunk, (height // stride, width // stride)):
            return self.visual.trunk.forward_features(images)


@contextmanager
def _one_at_a_time(block: nn.Module) -> Iterator[None]:
    """Let a block see tokens (M, L, C) one at a time."""
    shape: list = []

    def split(_: nn.Module, args: tuple, kwargs: dict) -> tuple:
        shape.append(args[0].shape)
        # Rotary positions turn queries and keys alone.
        return (each_alone(args[0]), ), {
            **kwargs, 'rope': None
        } if ('rope' in kwargs) else kwargs

    def join(_: nn.Module, args: tuple, tokens: Tensor) -> Tensor:
        return tokens.reshape(shape.pop())

    handles = [
        block.register_forward_pre_hook(split, with_kwargs=True),
        block.register_forward_hook(join)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _grid(trunk: Any, grid: tuple[int, int]) -> Iterator[None]:
    """Let a trunk fit its positions to the grid of an image's patches.

    timm decides whether a trunk does that when it is built
    (``dynamic_img_size``); these are the attributes in which the two differ.
    """
    embed = trunk.patch_embed
    rope: Any = getattr(trunk, 'rope', None)
    own = getattr(rope, 'feat_shape', None)
    dynamic = [(trunk, 'dynamic_img_size', True),
               (embed, 'strict_img_size', False), (embed, 'flatten', False),
               (embed, 'output_fmt', type(embed.output_fmt)('NHWC'))]
    before = [(module, name, getattr(module, name))
              for module, name, _ in dynamic]
    try:
        for module, name, value in dynamic:
            setattr(module, name, value)
        if own is not None:
            rope.update_feat_shape(list(grid))
        yield
    finally:
        if own is not None:
            rope.update_feat_shape(own)
        for module, name, value in before:
            setattr(module, name, value)
