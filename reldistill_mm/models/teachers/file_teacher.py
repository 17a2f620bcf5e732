"""A teacher that somebody's own script has already asked."""
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from mmdet3d.registry import MODELS
from torch import Tensor, nn

from ...errors import BadInput
from ...functional import unit_rows
from .base import FrozenTeacher, TextTeacher
from .build_teacher import build_teacher, teacher_class

# (V, 3, H, W), (P,), (P, 2) -> (P, D)
# Of images, the image of each pixel, its position and, if it takes them, the
# paths of the images.
Encode = Callable[..., Tensor]


@MODELS.register_module()
class FileTeacher(TextTeacher):
    """Features that a script of one's own wrote into a teacher cache.

    It has no network: a student is trained on the files that
    :func:`reldistill_mm.apis.cache_teacher` wrote with its ``encode``.

    Args:
        name (str): What decides the features, in words of one's own
            ('openseg, 2023-05 weights'): caches of another name are refused.
        embed_dim (int): D, the width of the features.
        stride (int): Pixels of which height and width of the images must be
            multiples. Defaults to 1.
        text_teacher (dict, optional): Config of a :class:`TextTeacher` that
            embeds words in the features' space (that of OpenSeg and LSeg is
            a CLIP's). Defaults to None, no words.

    Raises:
        BadInput: No name, a number that is not positive, or words of another
            width.
    """
    # Words decide no feature of a cache.
    neutral_arguments = ('stride', 'text_teacher')
    # Its script gets images as they are, RGB from 0 to 255.
    mean_std = ((0., ) * 3, (1 / 255, ) * 3)

    def __init__(self,
                 name: str,
                 embed_dim: int,
                 stride: int = 1,
                 text_teacher: dict | None = None) -> None:
        if not name.strip() or embed_dim < 1 or stride < 1:
            raise BadInput(
                f'FileTeacher(name={name!r}, embed_dim={embed_dim}, '
                f'stride={stride}): give it a name, and positive numbers.')
        super().__init__(nn.Identity)
        self.name, self.embed_dim, self.stride = name, embed_dim, stride
        self.encode: Encode | None = None
        self._paths: list[str] | None = None
        self._words: Any = text_teacher and build_teacher(text_teacher)
        if self._words and self._words.embed_dim != embed_dim:
            raise BadInput(
                f'model.teacher.embed_dim={embed_dim}, but the words of its '
                f'text_teacher have {self._words.embed_dim} dimensions.')

    @classmethod
    def space(cls, cfg: Mapping) -> dict:
        """Return what decides the features, and the space of their words."""
        found, words = super().space(cfg), cfg.get('text_teacher')
        if words:
            found.update(
                (f'text {key}', value)
                for key, value in teacher_class(words).space(words).items())
        return found

    def features_at(self, images: Tensor, image: Tensor, uv: Tensor) -> Tensor:
        """Ask the script, while it writes; see :class:`FrozenTeacher`."""
        if self.encode is None:
            raise BadInput(
                f"The teacher '{self.name}' (FileTeacher) is known by its "
                'files alone, and has no network for images: train on the '
                'cache that its script wrote (LoadCachedPairs, '
                'teacher_cache_root=...).')
        asked = () if self._paths is None else (self._paths, )
        given = self.encode(images, image, uv, *asked)
        said = f"The script of the teacher '{self.name}' returned "
        try:
            features = torch.as_tensor(given)
        except (TypeError, ValueError, RuntimeError) as error:
            raise BadInput(f'{said}{type(given).__name__}, not a tensor of '
                           'features.') from error
        if features.is_complex() or tuple(
                features.shape) != (len(image), self.embed_dim):
            raise BadInput(
                f'{said}features of shape {tuple(features.shape)} '
                f'({features.dtype}) for {len(image)} pixels, not real ones '
                f'of shape ({len(image)}, {self.embed_dim}).')
        features = features.to(images.device, torch.float32)
        empty = int((features == 0).all(1).sum())
        if empty:
            raise BadInput(
                f'{said}zeros for {empty} of {len(image)} pixels, which have '
                'no direction to learn: give every pixel a feature (that of '
                'the nearest one that has).')
        return unit_rows(features)

    def tell_paths(self, paths: Sequence[str]) -> None:
        """Name the files of the next images, for a script that asks."""
        if self.encode is not None and _takes_paths(self.encode):
            self._paths = [*paths]

    def encode_words(self, words: Sequence[str],
                     templates: Sequence[str]) -> Tensor:
        """Embed words by the ``text_teacher``."""
        if self._words is None:
            raise BadInput(
                f"The teacher '{self.name}' (FileTeacher) has no words: set "
                'model.teacher.text_teacher to the one in whose space its '
                'features are, or model.zero_shot_head=None.')
        weights = self._words.encode_words(words, templates)
        return weights.to(self._device_probe.device)


def give_script(teacher: FrozenTeacher, encode: Encode) -> None:
    """Let a teacher ask a script for features, in this process.

    Raises:
        BadInput: It is not a :class:`FileTeacher`, or no function.
    """
    if not callable(encode):
        raise BadInput(f'encode={encode!r} is not a function of images, image '
                       'and uv.')
    if not isinstance(teacher, FileTeacher):
        raise BadInput('Only a FileTeacher takes the features of a script '
                       f'(encode=...), not {type(teacher).__name__}.')
    teacher.encode = encode


def _takes_paths(encode: Encode) -> bool:
    """Whether a script's function has a fourth argument."""
    try:
        found = inspect.signature(encode).parameters.values()
    except (TypeError, ValueError):
        return False
    by_place = (inspect.Parameter.POSITIONAL_ONLY,
                inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in by_place for each in found) > 3
