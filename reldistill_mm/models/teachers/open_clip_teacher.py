"""A frozen CLIP that gives pixels and words features in one space."""
from collections.abc import Callable, Sequence
from pathlib import Path

import open_clip
import torch
from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ...functional import (dense_features, pooled_features, sample_bilinear,
                           unit_rows)
from ...io.paths import cache_folder
from .build_clip import build_clip
from .clip_source import RANDOM, find_clip
from .identity import teacher_identity
from .text_cache import cached_text_weights


@MODELS.register_module()
class OpenCLIPTeacher(BaseModule):
    """Any open_clip model with a plain ViT or ResNet image tower.

    The model hides from ``parameters()``, ``state_dict()`` and ``train()``:
    it is never trained, saved, synchronised or put into training mode. It
    does follow ``to()``.

    Its weights are read when they are first needed, and text embeddings are
    kept in small files: testing with words that were embedded before needs
    no weights at all, nor does training on cached features.

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
        text_dir (str, optional): Where text embeddings are kept. Defaults to
            None, ``~/.cache/reldistill_mm/text`` (see
            :func:`reldistill_mm.io.paths.cache_folder`).
    """

    def __init__(self,
                 model: str,
                 pretrained: str | None = None,
                 quick_gelu: bool | None = None,
                 images_per_step: int | None = None,
                 stride: int | None = None,
                 cache_dir: str | None = None,
                 text_dir: str | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self._source = find_clip(model, pretrained, quick_gelu)
        self._hidden: tuple[open_clip.CLIP] | None = None
        self._cache_dir = cache_dir
        self._text_dir = Path(text_dir or cache_folder('text'))
        self.images_per_step = images_per_step
        self.stride = stride
        # Knows device and dtype for a model that is not there yet.
        self.register_buffer('_place', torch.zeros(()), persistent=False)
        if pretrained == RANDOM:
            # Drawn along with the student's, so that a seed settles both.
            self.load()

    def load(self) -> None:
        """Read the weights, unless they have been read."""
        if self._hidden is not None:
            return
        # Whether and when it happens must not change what is drawn after.
        with torch.random.fork_rng(
                devices=[], enabled=self._source.pretrained != RANDOM):
            clip = build_clip(*self._source, self._cache_dir)
        clip.requires_grad_(False)
        # In a tuple, where torch does not look for modules.
        self._hidden = (clip.to(self._place), )

    @property
    def clip(self) -> open_clip.CLIP:
        """The frozen open_clip model."""
        self.load()
        return self._hidden[0]

    @property
    def embed_dim(self) -> int:
        """D, the width of the joint space."""
        return self._source.config['embed_dim']

    @property
    def mean_std(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The image mean and std that the model was trained with, RGB."""
        preprocess = self._source.preprocess
        return tuple(preprocess['mean']), tuple(preprocess['std'])

    def _apply(self, fn: Callable, *args, **kwargs) -> 'OpenCLIPTeacher':
        """Let ``to()``, ``cuda()`` and ``float()`` reach the model."""
        if self._hidden is not None:
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

    def encode_words(self, words: Sequence[str],
                     templates: Sequence[str]) -> Tensor:
        """Text embeddings, from a file if they were computed before.

        Args:
            words (Sequence[str]): W words.
            templates (Sequence[str]): Prompts with ``{}`` for the word.

        Returns:
            Tensor: (W, D) float32, unit rows.
        """
        if self._source.pretrained == RANDOM:
            return self._encode_words(words, templates)
        weights = cached_text_weights(
            self._text_dir, teacher_identity(*self._source), words, templates,
            lambda: self._encode_words(words, templates))
        return weights.to(self._place.device)

    @torch.no_grad()
    def _encode_words(self, words: Sequence[str],
                      templates: Sequence[str]) -> Tensor:
        """Averaged over templates by open_clip's own helper."""
        device = self._place.device
        with torch.autocast(device.type, enabled=False):
            weights = open_clip.build_zero_shot_classifier(
                self.clip,
                open_clip.get_tokenizer(self._source.model),
                list(words),
                list(templates),
                device=device)
        return weights.T.float().contiguous()
