"""Base of every teacher: a frozen network that says what decides it."""
import inspect
import os
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...errors import BadInput
from ...io.state_dicts import count_not_finite
from ...io.weights_sum import weights_sum

# Keys of a config that are the registry's, not arguments.
_OF_THE_REGISTRY = ('type', '_scope_')


class FrozenTeacher(BaseModule):
    """Give a student the features of pixels to learn from.

    Its network hides from ``parameters()``, ``state_dict()``, ``train()``
    and DDP: it is never trained, saved, synchronised or put into training
    mode. It does follow ``to()``. It is built when it is first needed:
    training on cached features needs none of its weights.

    A subclass calls ``super().__init__()`` with a function that builds the
    network, implements :meth:`features_at` on :attr:`network`, and sets the
    attributes below, or has properties of these names; they must be known
    without the network.

    Every argument of a subclass counts as deciding the features, so that a
    cache made with another value is refused. One that decides none is named
    in ``neutral_arguments``.

    Attributes:
        embed_dim (int): D, the width of the features.
        mean_std (tuple[tuple[float, ...], tuple[float, ...]]): Mean and
            standard deviation of each RGB channel, in [0, 1], by which
            images must be normalised.
        stride (int): Pixels from one feature to the next; height and width
            of the images must be multiples of it.
        image_size (tuple[int, int], optional): The only size (height, width)
            that the network reads, of one whose positional embedding is not
            resized, say. Defaults to None, all multiples of ``stride``.
        neutral_arguments (tuple[str, ...]): Arguments of ``__init__`` that
            decide no feature.

    Args:
        build_network (Callable): Returns the network, on the CPU. Best a
            ``functools.partial``: deep copies would share the ``self`` of a
            closure.
        random (bool): Whether the weights are drawn at random. That happens
            at once, along with the student's, so that a seed decides both;
            the features cannot be cached. Defaults to False.
    """
    embed_dim: int
    mean_std: tuple[tuple[float, ...], tuple[float, ...]]
    stride: int
    image_size: tuple[int, int] | None = None
    neutral_arguments: ClassVar[tuple[str, ...]] = ()

    def __init__(self,
                 build_network: Callable[[], nn.Module],
                 random: bool = False) -> None:
        super().__init__()
        self._build_network = build_network
        self.random = random
        self._frozen: tuple[nn.Module] | None = None
        # Keeps device and dtype for a network that is not built yet.
        self.register_buffer(
            '_device_probe', torch.zeros(()), persistent=False)
        if random:
            self.load()

    def load(self) -> None:
        """Build the network if it is not built yet."""
        if self._frozen is not None:
            return
        # Whether and when this happens must not change later draws.
        with torch.random.fork_rng(devices=[], enabled=not self.random):
            network = self._build_network()
        self._refuse_not_finite(network)
        network.requires_grad_(False).eval()
        # torch does not look for modules in a tuple.
        self._frozen = (network.to(self._device_probe), )

    def _refuse_not_finite(self, network: nn.Module) -> None:
        """Look at what is learned; masks may hold infinity."""
        for name, tensor in network.named_parameters():
            bad = count_not_finite(tensor)
            if bad:
                raise BadInput(
                    f"The weights of {type(self).__name__} ('{self.weights}')"
                    f": the tensor '{name}' has {bad} of {tensor.numel()} "
                    'numbers that are not finite (NaN or infinity). Take '
                    'other weights, or copy them again.')

    def require_size(self, size: Sequence[int], of: str = 'images') -> None:
        """Refuse images of a size that the network cannot read.

        Args:
            size (Sequence[int]): (height, width).
            of (str): Whose size it is, for the message.

        Raises:
            BadInput: The message names the sizes that it can.
        """
        size = tuple(size)
        if self.image_size is not None:
            right = size == tuple(self.image_size)
            wanted = f'{tuple(self.image_size)}, the only one that it reads'
        else:
            right = all(pixels and pixels % self.stride == 0
                        for pixels in size)
            wanted = f'multiples of {self.stride}, the stride of the teacher'
        if not right:
            raise BadInput(
                f'The {of} come with {size} pixels (height, width), which '
                f'{type(self).__name__} cannot read: set the size of '
                f'ResizedCropCameras to {wanted}.')

    @property
    def weights(self) -> str:
        """Name of the weights in errors; the type of the network."""
        return getattr(self._build_network, '__name__', 'network')

    @property
    def network(self) -> nn.Module:
        """The frozen network, in eval mode."""
        self.load()
        assert self._frozen is not None
        return self._frozen[0]

    def _apply(self, fn: Callable, *args, **kwargs) -> 'FrozenTeacher':
        """Let ``to()``, ``cuda()`` and ``float()`` reach the network."""
        if self._frozen is not None:
            self._frozen[0]._apply(fn)
        return super()._apply(fn, *args, **kwargs)

    @abstractmethod
    def features_at(self, images: Tensor, image: Tensor, uv: Tensor) -> Tensor:
        """Compute the features of P pixels.

        Args:
            images (Tensor): (M, 3, H, W) float, normalised by
                :attr:`mean_std`; H and W multiples of :attr:`stride`.
            image (Tensor): (P,) int64, the image of each pixel.
            uv (Tensor): (P, 2) float, pixel positions (u, v); the middle of
                the first pixel is (0, 0).

        Returns:
            Tensor: (P, D) float32, unit rows, without a gradient; P may be
            0.
        """

    @classmethod
    def arguments(cls, cfg: Mapping) -> dict:
        """Return a config's arguments, with defaults for those that it omits.

        Args:
            cfg (Mapping): The teacher's config, with ``type``.

        Raises:
            BadInput: ``__init__`` does not have an argument, or lacks one that
                it needs.
        """
        known = _parameters(cls)
        given = {
            name: value
            for name, value in cfg.items() if name not in _OF_THE_REGISTRY
        }
        for name, value in given.items():
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"; did you mean '{close[0]}'?" if close else '.'
                raise BadInput(
                    f"{cls.__name__} has no argument '{name}' "
                    f'(model.teacher.{name}={value!r}){hint} It takes '
                    f'{list(known)}.')
        filled = {}
        for name, parameter in known.items():
            filled[name] = given.get(name, parameter.default)
            if filled[name] is parameter.empty:
                raise BadInput(f"{cls.__name__} needs the argument '{name}': "
                               f'set model.teacher.{name}.')
        return filled

    @classmethod
    def identity(cls, cfg: Mapping) -> dict:
        """Say what decides the features, without building the network.

        Args:
            cfg (Mapping): The teacher's config, with ``type``.

        Returns:
            dict: JSON values: ``type``, which no other class has, and every
            argument that is not neutral.

        Raises:
            BadInput: ``__init__`` does not have an argument, or a value has no
                JSON form.
        """
        deciding = {
            name: value
            for name, value in cls.arguments(cfg).items()
            if name not in cls.neutral_arguments
        }
        return dict(
            cls.describe(deciding),
            type=f'{cls.__module__}.{cls.__qualname__}')

    @classmethod
    def space(cls, cfg: Mapping) -> dict:
        """Say what decides the space in which a student was taught.

        A student of another space cannot be tested or trained further. A
        subclass with arguments that change features but not their space (how
        fine they are, say) overrides this.

        Args:
            cfg (Mapping): The teacher's config, with ``type``.
        """
        return cls.identity(cfg)

    @classmethod
    def describe(cls, arguments: Mapping) -> dict:
        """Describe arguments as JSON values that differ if features differ.

        A file counts by its content, wherever it lies, weights by their
        tensors in whichever format; a folder by its name.
        A subclass whose arguments stand for more (a folder of weights, weights
        drawn at random) overrides this.

        Args:
            arguments (Mapping): All arguments that are not neutral.
        """
        return {name: _plain(name, value) for name, value in arguments.items()}


class TextTeacher(FrozenTeacher):
    """A teacher that embeds words in the space of its pixels."""

    @abstractmethod
    def encode_words(self, words: Sequence[str],
                     templates: Sequence[str]) -> Tensor:
        """Embed words.

        Args:
            words (Sequence[str]): W words.
            templates (Sequence[str]): Prompts with ``{}`` for the word; the
                embeddings of a word are averaged over them.

        Returns:
            Tensor: (W, D) float32, unit rows, on the teacher's device.
        """


def _parameters(cls: type[FrozenTeacher]) -> dict[str, inspect.Parameter]:
    """List the arguments of ``__init__``, with those of ``**kwargs``."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        # Arguments that a teacher passes to this one are not the config's.
        if base is FrozenTeacher:
            break
        if '__init__' not in vars(base):
            continue
        _, *own = inspect.signature(vars(base)['__init__']).parameters.values()
        for each in own:
            if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                found.setdefault(each.name, each)
        if not any(each.kind is each.VAR_KEYWORD for each in own):
            break
    return found


def _plain(name: str, value: object) -> object:
    """Convert a value to JSON's types, a file to its digest."""
    if isinstance(value, (str, os.PathLike)):
        return (f'sha256:{weights_sum(os.fspath(value))}'
                if os.path.isfile(value) else str(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(name, each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, each) for each in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise BadInput(
        f"The teacher's argument {name}={value!r} has no JSON value, so that "
        "features cannot be cached: give it as text or numbers, or describe "
        "it in the class's describe().")
