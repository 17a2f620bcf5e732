"""Let mmengine refuse a checkpoint that does not fill the model.

mmengine's runners load with ``strict=False``: of a checkpoint of another
model, or in another wrapper, they print what is missing and go on with random
numbers. Here everything that loads weights goes through
:func:`reldistill_mm.io.fit_state.fill`. How much must be there depends on what
the weights are for: see :class:`Rule`.
"""
import functools
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from mmengine.runner import FlexibleRunner, Runner
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner import runner as mmengine_runner
from mmengine.runner.base_loop import BaseLoop
from torch import nn

from ..errors import BadInput
from ..io.checkpoint import whole_checkpoints
from ..io.fit_state import Rule, fill, fitted, unwrap
from ..io.state_dicts import choose_state

_STRIP = [(r'^module.', '')]


class _Wanted(NamedTuple):
    """What the runner that loads a checkpoint wants of it."""
    rule: Rule = Rule.SOME
    key: str | None = None
    allow_partial: bool = False
    source: str = 'the checkpoint'
    beside: tuple[str, ...] = ()


_ANY = _Wanted()
_wanted: ContextVar[_Wanted] = ContextVar('wanted')


class Checkpoint(dict):
    """Content of a checkpoint, and the file that it is of."""
    source = 'the checkpoint'


def load_chosen(filename: str,
                map_location: Any = None,
                logger: Any = None) -> Checkpoint:
    """Load as mmengine's ``_load_checkpoint``; the weights are found.

    Returns:
        Checkpoint: What else the file holds, and ``state_dict``.

    Raises:
        BadInput: It holds no weights.
    """
    content = mmengine_checkpoint.CheckpointLoader.load_checkpoint(
        filename, map_location, logger)
    state = choose_state(content, filename, _wanted.get(_ANY).key)
    beside = content if state is not content else {}
    lacks = [each for each in _wanted.get(_ANY).beside if each not in beside]
    if lacks:
        raise BadInput(
            f"'{filename}' cannot be resumed: it has no {lacks}, only weights."
            ' Start from it by --cfg-options load_from=PATH instead.')
    result = Checkpoint(beside, state_dict=state)
    result.source = filename
    if isinstance(result.get('meta'), dict):
        # Resuming would run it, as Python code.
        result['meta'].pop('config', None)
    return result


def fill_model(model: nn.Module,
               checkpoint: dict,
               strict: bool = False,
               logger: Any = None,
               revise_keys: list = _STRIP) -> dict:
    """Fill as mmengine's ``_load_checkpoint_to_model``, or refuse."""
    del logger
    wanted = _wanted.get(_ANY)
    name = getattr(checkpoint, 'source', wanted.source)
    state = choose_state(checkpoint, name)
    for pattern, replacement in revise_keys if revise_keys != _STRIP else []:
        renamed = {
            re.sub(pattern, replacement, key): each
            for key, each in state.items()
        }
        state = type(state)(renamed)
    fill(model, state, name, Rule.WHOLE if strict else wanted.rule,
         wanted.allow_partial)
    return checkpoint


def load_fitted(module: nn.Module, state_dict: dict, *args: Any,
                **kwargs: Any) -> Any:
    """Load as mmengine's ``load_state_dict``, names and kernels fitted."""
    result = fitted(state_dict, unwrap(module))
    known = unwrap(module).state_dict()
    if result and known and not set(result) & set(known):
        raise BadInput(
            f'None of the tensors to load ({next(iter(result))}, ...) is one '
            f"of the {type(module).__name__}'s ({next(iter(known))}, ...): "
            'correct the prefix, or take the backbone that they are of.')
    return _load_state_dict(module, result, *args, **kwargs)


_load_state_dict = mmengine_checkpoint.load_state_dict


def _loading(load: Callable, resume: bool) -> Callable:
    """Wrap a runner's method so that it says what it wants."""

    @functools.wraps(load)
    def wrapped(self: Any, filename: str, *args: Any, **kwargs: Any) -> Any:
        outer = _wanted.get(_ANY)
        wanted = _what(self, filename, resume)
        if outer.rule is Rule.WHOLE and outer.source == filename:
            # Runner.resume calls Runner.load_checkpoint.
            wanted = outer
        token = _wanted.set(wanted)
        try:
            if not resume:
                return load(self, filename, *args, **kwargs)
            with whole_checkpoints():
                return load(self, filename, *args, **kwargs)
        except ValueError as error:
            if 'loaded state dict' not in str(error):
                raise
            raise BadInput(
                f"'{filename}' cannot be resumed with this config, whose "
                f'optimizer has other parameters: {error}. Take the config '
                'that it was trained with, or start from it by --cfg-options '
                'load_from=PATH.') from error
        finally:
            _wanted.reset(token)

    return wrapped


def _what(runner: Any, filename: str, resume: bool) -> _Wanted:
    if resume:
        beside = ['meta', 'optimizer', 'message_hub']
        if getattr(runner, 'param_schedulers', None):
            beside.append('param_schedulers')
        return _Wanted(Rule.WHOLE, source=filename, beside=tuple(beside))
    trains = isinstance(runner._train_loop, BaseLoop)
    return _Wanted(Rule.PARTS if trains else Rule.WHOLE,
                   runner.cfg.get('checkpoint_key'),
                   bool(runner.cfg.get('allow_partial', False)), filename)


def _fill_strategy(self: Any,
                   state_dict: dict,
                   *,
                   strict: bool = False,
                   revise_keys: list = _STRIP) -> None:
    """Fill the model of a ``FlexibleRunner``'s strategy, or refuse."""
    checkpoint = Checkpoint(state_dict=state_dict)
    checkpoint.source = _wanted.get(_ANY).source
    fill_model(self.model, checkpoint, strict, None, revise_keys)


def _known_strategy(load: Callable) -> Callable:
    """Refuse strategies that read checkpoints by themselves."""

    @functools.wraps(load)
    def wrapped(self: Any, filename: str, *args: Any, **kwargs: Any) -> Any:
        from mmengine._strategy import SingleDeviceStrategy
        kind = type(self.strategy)
        if kind.load_checkpoint is not SingleDeviceStrategy.load_checkpoint:
            raise BadInput(
                f"'{filename}': strategy={kind.__name__} reads checkpoints by "
                'a way of its own, which runs code that they hold: load or '
                "resume with runner_type='DistillRunner', or with "
                "strategy=dict(type='DDPStrategy').")
        return load(self, filename, *args, **kwargs)

    return wrapped


def load_whole() -> None:
    """Replace mmengine's loaders; one call is enough."""
    if mmengine_checkpoint._load_checkpoint is load_chosen:
        return
    from mmengine._strategy.base import BaseStrategy
    from mmengine.infer import infer
    mmengine_checkpoint._load_checkpoint = load_chosen
    mmengine_checkpoint._load_checkpoint_to_model = fill_model
    mmengine_checkpoint.load_state_dict = load_fitted
    mmengine_runner._load_checkpoint = load_chosen
    mmengine_runner._load_checkpoint_to_model = fill_model
    # An inferencer predicts: it needs all of the model.
    infer._load_checkpoint = load_chosen
    infer._load_checkpoint_to_model = functools.partial(
        fill_model, strict=True)
    BaseStrategy.load_model_state_dict = _fill_strategy
    for kind in (Runner, FlexibleRunner):
        for name in ('load_checkpoint', 'resume'):
            method = _loading(getattr(kind, name), name == 'resume')
            if kind is FlexibleRunner:
                method = _known_strategy(method)
            setattr(kind, name, method)
