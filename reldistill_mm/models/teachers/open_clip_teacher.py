"""A frozen CLIP that embeds pixels and words in one space."""
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import open_clip
import torch
from mmdet3d.registry import MODELS
from mmengine.logging import print_log
from torch import Tensor

from ...errors import BadInput
from ...functional import (dense_features, over_windows, pooled_features,
                           sample_bilinear, unit_rows)
from ...io.paths import cache_folder
from .base import TextTeacher
from .build_clip import build_clip, dense_stride
from .clip_key import clip_key, clip_space
from .clip_source import RANDOM, ClipSource, find_clip
from .find_tokenizer import find_tokenizer, tokenizer_files
from .text_cache import cached_text_weights


@MODELS.register_module()
class OpenCLIPTeacher(TextTeacher):
    """Any open_clip model whose image tower has dense features.

    The families are in :mod:`reldistill_mm.functional.towers`.

    Its weights are read when they are first needed, and text embeddings are
    kept in small files: testing with words that were embedded before needs
    no weights at all, nor does training on cached features.

    Args:
        model (str): open_clip name, ``'local-dir:FOLDER'`` or a model config
            file (.json).
        pretrained (str, optional): open_clip tag, local file, or 'random'
            for random weights; anything else that would leave them random
            is an error.
        quick_gelu (bool, optional): Whether the weights were trained with
            QuickGELU. With a local file it must be given, unless the model's
            config says it. Defaults to None, as the config says.
        images_per_step (int, optional): Images per pass through the tower, to
            bound memory. Defaults to None, all.
        stride (int, optional): Pixels from one feature to the next; 16 or 8
            make the maps of a ResNet finer than its own 32. Defaults to
            None, the tower's own.
        dense (str): Dense path: 'maskclip', or for open_clip's ViTs 'sclip',
            'clearclip' or 'nacl' (see
            :mod:`reldistill_mm.functional.towers.attention_paths`). Defaults
            to 'maskclip'.
        windows (dict, optional): ``size`` (height and width in pixels) and
            ``step`` (pixels) of overlapping windows whose features are
            averaged, for images larger than the tower was trained with.
            Defaults to None, the whole image at once.
        cache_dir (str, optional): Folder for downloaded weights; the config
            of an ``hf-hub:`` model stays in ``HF_HOME``.
        text_dir (str, optional): Folder for text embeddings. Defaults to
            None, ``~/.cache/reldistill_mm/text`` (see
            :func:`reldistill_mm.io.paths.cache_folder`).

    Raises:
        BadInput: The model, weights, activation, stride or dense path is not
            available, windows are not whole patches, or the tower has no
            dense features.
        MissingInput: A file that does not exist.
    """
    neutral_arguments = ('images_per_step', 'cache_dir', 'text_dir')

    def __init__(self,
                 model: str,
                 pretrained: str | None = None,
                 quick_gelu: bool | None = None,
                 images_per_step: int | None = None,
                 stride: int | None = None,
                 dense: str = 'maskclip',
                 windows: dict | None = None,
                 cache_dir: str | None = None,
                 text_dir: str | None = None) -> None:
        if images_per_step is not None and (type(images_per_step) is not int
                                            or images_per_step < 1):
            raise BadInput(f'images_per_step={images_per_step!r} is not a '
                           'positive number of images; None takes all.')
        source = find_clip(model, pretrained, quick_gelu)
        _log(source)
        # Checked now, not at the first step or the first validation.
        own_stride = dense_stride(source, stride, dense)
        whole = _check_windows(windows, own_stride)
        super().__init__(
            partial(build_clip, model, pretrained, quick_gelu, cache_dir),
            random=pretrained == RANDOM)
        self._source = source
        self._text_dir = Path(text_dir or cache_folder('text'))
        self.images_per_step = images_per_step
        self.stride = own_stride
        self.dense = dense
        self.windows = whole

    @property
    def weights(self) -> str:
        """File or tag of the weights, in errors."""
        return self._source.pretrained or self._source.model

    @property
    def clip(self) -> open_clip.CLIP:
        """The frozen open_clip model."""
        return self.network

    @classmethod
    def describe(cls, arguments: Mapping) -> dict:
        """Describe model and weights by their content; refuse random ones."""
        if 'model' not in arguments:
            # A subclass that sets them itself is identified by its type.
            return super().describe(arguments)
        clip = ('model', 'pretrained', 'quick_gelu')
        rest = {
            name: value
            for name, value in arguments.items() if name not in clip
        }
        known: dict[str, Any] = {name: arguments.get(name) for name in clip}
        return dict(super().describe(rest), clip=clip_key(**known))

    @classmethod
    def space(cls, cfg: Mapping) -> dict:
        """Return what decides words and pixels alike; no stride does."""
        known = cls.arguments(cfg)
        if 'model' not in known:
            return super().space(cfg)
        own = set(known) - set(OpenCLIPTeacher.arguments(dict(model='')))
        # A subclass's arguments may change the space.
        further = cls.describe({name: known[name] for name in own})
        if cls is not OpenCLIPTeacher:
            further['type'] = f'{cls.__module__}.{cls.__qualname__}'
        source = find_clip(known['model'], known.get('pretrained'),
                           known.get('quick_gelu'))
        return dict(further, **clip_space(source))

    # The base asks for attributes or properties; mypy knows the former.
    @property
    def embed_dim(self) -> int:  # type: ignore[override]
        """D, the width of the joint space."""
        return self._source.config['embed_dim']

    @property
    def mean_std(  # type: ignore[override]
        self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The image mean and std that the model was trained with, RGB."""
        preprocess = self._source.preprocess
        return tuple(preprocess['mean']), tuple(preprocess['std'])

    @torch.no_grad()
    def encode_images(self, images: Tensor) -> Tensor:
        """Embed normalised images (M, 3, H, W) as (M, D).

        Equals open_clip's ``encode_image`` at the native size; not
        normalised.
        """
        return pooled_features(self.clip.visual, images)

    @torch.no_grad()
    def dense_features(self, images: Tensor) -> Tensor:
        """Compute patch features (M, D, h, w) of normalised (M, 3, H, W)."""
        step = self.images_per_step or max(len(images), 1)
        return torch.cat([self._encode(chunk) for chunk in images.split(step)])

    def _encode(self, images: Tensor) -> Tensor:
        """Compute the maps of a chunk of images, whole or by windows."""
        encode = partial(
            dense_features,
            self.clip.visual,
            stride=self.stride,
            path=self.dense)
        if self.windows is None:
            return encode(images)
        return over_windows(encode, images, *self.windows, self.stride)

    @torch.no_grad()
    def features_at(self, images: Tensor, image: Tensor, uv: Tensor) -> Tensor:
        """See :meth:`FrozenTeacher.features_at`."""
        if len(image) == 0:
            return uv.new_zeros((0, self.embed_dim), dtype=torch.float32)
        maps = self.dense_features(images)
        height, width = images.shape[-2:]
        return unit_rows(sample_bilinear(maps, image, uv, (height, width)))

    def encode_words(self, words: Sequence[str],
                     templates: Sequence[str]) -> Tensor:
        """Embed words, or read embeddings that were computed before."""
        if self._source.pretrained == RANDOM:
            return self._encode_words(words, templates)
        teacher = clip_key(*self._source)
        tokenizer = tokenizer_files(self._source)
        if tokenizer:
            teacher['tokenizer'] = tokenizer
        weights = cached_text_weights(
            self._text_dir, teacher, words, templates,
            lambda: self._encode_words(words, templates))
        return weights.to(self._device_probe.device)

    @torch.no_grad()
    def _encode_words(self, words: Sequence[str],
                      templates: Sequence[str]) -> Tensor:
        """Average over templates by open_clip's own helper."""
        device = self._device_probe.device
        tokenizer = find_tokenizer(self._source)
        with torch.autocast(device.type, enabled=False):
            weights = open_clip.build_zero_shot_classifier(
                self.clip,
                tokenizer,
                list(words),
                list(templates),
                device=device)
        return weights.T.float().contiguous()


def _check_windows(windows: Mapping | None,
                   stride: int) -> tuple[tuple[int, int], int] | None:
    """Return size and step of windows that are whole patches."""
    if windows is None:
        return None
    try:
        height, width = windows['size']
        numbers = (height, width, windows['step'])
        fits = set(windows) == {'size', 'step'} and all(
            type(each) is int and each > 0 and each % stride == 0
            for each in numbers) and windows['step'] <= min(height, width)
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise BadInput(
            f'model.teacher.windows={windows!r} is not dict(size=(height, '
            f'width), step=pixels) of multiples of {stride}, the stride of '
            'the tower, with a step of at most the size.')
    return (height, width), windows['step']


def _log(source: ClipSource) -> None:
    activation = 'QuickGELU' if source.config.get('quick_gelu') else 'GELU'
    weights = source.pretrained or "the folder's weights"
    print_log(
        f"CLIP teacher '{source.model}': {weights}, activation {activation}.",
        logger='current')
