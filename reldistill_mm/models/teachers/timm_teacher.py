"""A frozen timm model that embeds pixels and knows no words."""
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from sys import modules
from typing import Any

import timm
import torch
from mmdet3d.registry import MODELS
from timm.data import resolve_model_data_config
from torch import Tensor, nn

from ...errors import BadInput, MissingInput
from ...functional import sample_bilinear, unit_rows
from ...io.checkpoint import read_state_dict
from ...io.fit_state import problems
from ...io.state_dicts import unwrapped_names
from .base import FrozenTeacher
from .clip_source import RANDOM
from .timm_names import find_timm, full_name

# What some models put beside the patches: weights that were trained with one
# mean nothing without it.
_INPUTS = ('cls_token', 'reg_token', 'dist_token', 'pos_embed')


@MODELS.register_module()
class TimmTeacher(FrozenTeacher):
    """The maps of one layer of any timm model that gives them.

    DINOv2 and DINOv3 with registers, MAE, ConvNeXt, SAM's encoder and others
    that have ``forward_intermediates``. They know no words: set
    ``model.zero_shot_head=None``.

    Args:
        model (str): timm name, ``'vit_base_patch14_dinov2.lvd142m'``.
        pretrained (str, optional): Local file of weights, or 'random' for
            random ones. Defaults to None, those of the name's tag, which timm
            downloads.
        layer (int): Layer whose maps are taken, among those that the model
            offers (a block of a ViT, a stage of a ConvNeXt); negative from
            the end. Defaults to -1.
        normalise (bool): Whether the model's last norm is applied to them, as
            it is to what the model itself passes on. Defaults to True.
        images_per_step (int, optional): Images per pass, to bound memory.
            Defaults to None, all.

    Raises:
        BadInput: timm does not know the model or its tag, it offers no maps,
            not this layer, or none that tile the image.
        MissingInput: The file does not exist.
    """
    neutral_arguments = ('images_per_step', )

    def __init__(self,
                 model: str,
                 pretrained: str | None = None,
                 layer: int = -1,
                 normalise: bool = True,
                 images_per_step: int | None = None) -> None:
        find_timm(model, pretrained)
        if pretrained not in (None, RANDOM) and not Path(pretrained).is_file():
            raise MissingInput(
                f"The weights '{pretrained}' (model.teacher.pretrained) do "
                'not exist.')
        # Shapes without values: the network itself may never be needed.
        with torch.device('meta'):
            shapes = _create(model, pretrained=False)
            maps = _probe(shapes, model, layer, normalise)
        super().__init__(
            partial(_build, model, pretrained), random=pretrained == RANDOM)
        self._weights = pretrained or model
        self.layer, self.normalise = layer, normalise
        self.images_per_step = images_per_step
        data = resolve_model_data_config(shapes)
        self.mean_std = (tuple(data['mean']), tuple(data['std']))
        self.embed_dim, self.stride, self.image_size = maps

    @property
    def weights(self) -> str:
        """File or name of the weights, in errors."""
        return self._weights

    @classmethod
    def describe(cls, arguments: Mapping) -> dict:
        """Describe a name with its tag: timm's own may become another."""
        named = {
            name: full_name(value)
            for name, value in arguments.items() if name == 'model'
        }
        return super().describe({**arguments, **named})

    @classmethod
    def space(cls, cfg: Mapping) -> dict:
        """Return what decides the features; a tag's weights by its name."""
        found = super().space(cfg)
        if 'model' not in found:
            # A subclass that sets it itself is known by its type.
            return found
        return dict(
            found, pretrained=found.get('pretrained') or found['model'])

    @torch.no_grad()
    def maps(self, images: Tensor) -> Tensor:
        """Compute maps (M, D, H / stride, W / stride), not normalised."""
        step = self.images_per_step or max(len(images), 1)
        return torch.cat([
            _layer(self.network, chunk, self.layer, self.normalise)
            for chunk in images.split(step)
        ])

    def features_at(self, images: Tensor, image: Tensor, uv: Tensor) -> Tensor:
        """See :meth:`FrozenTeacher.features_at`."""
        if len(image) == 0:
            return uv.new_zeros((0, self.embed_dim), dtype=torch.float32)
        maps = self.maps(images)
        height, width = images.shape[-2:]
        return unit_rows(sample_bilinear(maps, image, uv, (height, width)))


def _create(model: str, **options: Any) -> Any:
    """Create a model that takes images of any size, where it can."""
    try:
        return timm.create_model(
            model, num_classes=0, dynamic_img_size=True, **options)
    except TypeError:
        # Convolutional ones take any size as they are.
        return timm.create_model(model, num_classes=0, **options)


def _layer(network: Any, images: Tensor, layer: int,
           normalise: bool) -> Tensor:
    return network.forward_intermediates(
        images,
        indices=[layer],
        norm=normalise,
        output_fmt='NCHW',
        intermediates_only=True)[0]


def _probe(network: Any, model: str, layer: int,
           normalise: bool) -> tuple[int, int, tuple[int, int] | None]:
    """Width and stride of a layer's maps, and the only size it takes, if any.

    They are those of images without values.
    """
    if not hasattr(network, 'forward_intermediates'):
        raise BadInput(f"timm's '{model}' offers no maps of its layers "
                       '(forward_intermediates): take another model.')
    _, height, width = network.default_cfg['input_size']
    network.eval()
    try:
        maps = _layer(network, torch.empty(1, 3, height, width), layer,
                      normalise)
    except (AssertionError, IndexError, RuntimeError, ValueError) as error:
        raise BadInput(
            f"timm's '{model}' has no maps of layer {layer} ("
            f'{str(error) or type(error).__name__}): set model.teacher.layer '
            '(negative ones count from the end) or normalise=False.'
        ) from error
    stride = _stride(network, layer, height, maps.shape[2])
    size, read = None, (4 * stride, 8 * stride)
    try:
        maps = _layer(network, torch.empty(1, 3, *read), layer, normalise)
    except (AssertionError, RuntimeError, ValueError):
        size = read = (height, width)
    if tuple(stride * cells for cells in maps.shape[2:]) != read:
        raise BadInput(
            f"timm's '{model}' has maps of {tuple(maps.shape[2:])} cells of "
            f'layer {layer} for images of {read} pixels, which do not tile '
            'them, so that it is not known which pixels a cell is of: take '
            'another layer or model.')
    return maps.shape[1], stride, size


def _stride(network: Any, layer: int, height: int, rows: int) -> int:
    """Pixels per row: what timm says; an image may end within a cell."""
    layers = network.feature_info
    if isinstance(layers, list) and -len(layers) <= layer < len(layers):
        told = layers[layer].get('reduction', 0)
        if told and -(-height // told) == rows:
            return told
    return height // rows


def _build(model: str, pretrained: str | None) -> nn.Module:
    """Build a network with weights that are whole."""
    if pretrained is not None:
        network = _create(model, pretrained=False)
        if pretrained != RANDOM:
            _fill(network, pretrained)
        return network
    try:
        return _create(model, pretrained=True)
    except Exception as error:
        # Of hubs, files and sockets: they agree on no class.
        said = (str(error).strip().splitlines() or [repr(error)])[0]
        raise BadInput(
            f"timm cannot download the weights of '{model}' ({said}): copy "
            'them here and set model.teacher.pretrained to the file, or to '
            f"'{RANDOM}'.") from error


def _fill(network: Any, path: str) -> None:
    """Fill a network from a file in timm's own names or its authors'."""
    wanted = network.state_dict()
    state: Any = unwrapped_names(read_state_dict(path), wanted)
    convert = getattr(modules[type(network).__module__],
                      'checkpoint_filter_fn', None)
    found: list[str]
    try:
        if convert is not None:
            state = convert(dict(state), network)
        state = _without_classifier(network, state)
        found = problems(state, wanted) + [
            f"'{name}', which the model does not have"
            for name in _INPUTS if name in state and name not in wanted
        ]
    except (RuntimeError, LookupError, ValueError, AssertionError) as error:
        # Of tensors that timm cannot convert, those of another model.
        found = [' '.join(str(error).split()) or type(error).__name__]
    if found:
        raise BadInput(
            f"'{path}' does not hold the weights of timm's "
            f"'{type(network).__name__}' of this config: {'; '.join(found)}. "
            'Set model.teacher.model to the model that they are of.')
    network.load_state_dict({
        name: state.get(name, tensor)
        for name, tensor in wanted.items()
    })


def _without_classifier(network: Any, state: dict) -> dict:
    """Leave out what timm's own weights have beyond the features."""
    names = network.default_cfg.get('classifier') or ()
    names = [names] if isinstance(names, str) else names
    heads = tuple(f'{name}.' for name in names)
    return {
        name: tensor
        for name, tensor in state.items() if not name.startswith(heads)
    }
