"""A frozen CLIP that gives pixels and words features in one space."""
from typing import Callable, List, Optional, Sequence, Tuple

import open_clip
import torch
from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ...functional import (dense_features, pooled_features, sample_bilinear,
                           unit_rows)
from .build_clip import build_clip, register_model_file


@MODELS.register_module()
class OpenCLIPTeacher(BaseModule):
    """Any open_clip model with a plain ViT or ResNet image tower.

    The model hides from ``parameters()``, ``state_dict()`` and ``train()``:
    it is never trained, saved, synchronised or put into training mode. It
    does follow ``to()``.

    Args:
        model (str): open_clip name, ``'local-dir:FOLDER'`` or a model config
            file (.json).
        pretrained (str, optional): open_clip tag, local file, or 'random'
            for random weights; anything else that would leave them random
            is an error.
        quick_gelu (bool, optional): Force QuickGELU, for local files of
            weights trained with it. Defaults to None.
        images_per_step (int, optional): Images that go through the tower at
            a time, to bound memory. Defaults to None, all.
        stride (int, optional): Pixels from one feature to the next; 16 or 8
            make the maps of a ResNet finer than its own 32. Defaults to
            None, the tower's own.
        cache_dir (str, optional): Where downloaded weights go.
    """

    def __init__(self,
                 model: str,
                 pretrained: Optional[str] = None,
                 quick_gelu: Optional[bool] = None,
                 images_per_step: Optional[int] = None,
                 stride: Optional[int] = None,
                 cache_dir: Optional[str] = None,
                 init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        clip = build_clip(model, pretrained, quick_gelu, cache_dir)
        clip.requires_grad_(False)
        # In a list, where torch does not look for modules.
        self._hidden = [clip]
        self._name = (
            register_model_file(model) if model.endswith('.json') else model)
        self.images_per_step = images_per_step
        self.stride = stride

    @property
    def clip(self) -> open_clip.CLIP:
        """The frozen open_clip model."""
        return self._hidden[0]

    @property
    def embed_dim(self) -> int:
        """D, the width of the joint space."""
        return self.clip.visual.output_dim

    @property
    def mean_std(self) -> Tuple[Tuple[float, ...], Tuple[float, ...]]:
        """The image mean and std that the model was trained with, RGB."""
        preprocess = open_clip.get_model_preprocess_cfg(self.clip)
        return tuple(preprocess['mean']), tuple(preprocess['std'])

    def _apply(self, fn: Callable, *args, **kwargs) -> 'OpenCLIPTeacher':
        """Let ``to()``, ``cuda()`` and ``float()`` reach the model."""
        self.clip._apply(fn)
        return super()._apply(fn, *args, **kwargs)

    @torch.no_grad()
    def encode_images(self, images: Tensor) -> Tensor:
        """Image embeddings (M, D) of normalised images (M, 3, H, W).

        Equals open_clip's ``encode_image`` at the native size; not
        normalised.
        """
        return pooled_features(self.clip.visual, images)

    @torch.no_grad()
    def dense_features(self, images: Tensor) -> Tensor:
        """Patch features (M, D, h, w) of normalised images (M, 3, H, W)."""
        step = self.images_per_step or len(images)
        return torch.cat([
            dense_features(self.clip.visual, chunk, self.stride)
            for chunk in images.split(max(step, 1))
        ])

    @torch.no_grad()
    def features_at(self, images: Tensor, image: Tensor, uv: Tensor) -> Tensor:
        """Features of P pixels.

        Args:
            images (Tensor): (M, 3, H, W) normalised images.
            image (Tensor): (P,) int64, the image of each pixel.
            uv (Tensor): (P, 2) float, pixel positions (u, v).

        Returns:
            Tensor: (P, D) float32, unit rows.
        """
        if len(image) == 0:
            return uv.new_zeros((0, self.embed_dim), dtype=torch.float32)
        maps = self.dense_features(images)
        return unit_rows(sample_bilinear(maps, image, uv, images.shape[-2:]))

    @torch.no_grad()
    def encode_words(self, words: Sequence[str],
                     templates: List[str]) -> Tensor:
        """Text embeddings, averaged over templates by open_clip's helper.

        Args:
            words (Sequence[str]): W words.
            templates (List[str]): Prompts with ``{}`` for the word.

        Returns:
            Tensor: (W, D) float32, unit rows.
        """
        device = self.clip.logit_scale.device
        with torch.autocast(device.type, enabled=False):
            weights = open_clip.build_zero_shot_classifier(
                self.clip,
                open_clip.get_tokenizer(self._name),
                list(words),
                templates,
                device=device)
        return weights.T.float().contiguous()
