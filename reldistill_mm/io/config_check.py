"""Look at a whole config before anything is built of it.

What mmengine and mmdet3d read by ``cfg.get(key)`` is silent where the key is
mistyped, and fails far from its cause, or not at all, where the value is
wrong.
"""
import inspect
from collections.abc import Collection, Mapping
from numbers import Integral

from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch.distributed import Backend, init_process_group
from torch.utils.data import DataLoader

from ..errors import BadInput
from ..functional.closest import closest
from ..functional.hints import fits
from .config_arguments import check_arguments, classes_of, parts
from .config_values import (check_kinds, check_numbers, check_switches,
                            check_texts)
from .student_check import check_student

_LOADERS = 'train_dataloader', 'val_dataloader', 'test_dataloader'
# What a run or a tool reads; the rest of a config are its own variables.
READ = (*_LOADERS, 'auto_scale_lr', 'compile', 'custom_hooks',
        'data_preprocessor', 'default_hooks', 'env_cfg',
        'find_unused_parameters', 'log_processor', 'model', 'optim_wrapper',
        'paired_pipeline', 'param_scheduler', 'randomness', 'test_cfg',
        'test_evaluator', 'text_teacher', 'tta_model', 'tta_pipeline',
        'train_cfg', 'val_cfg', 'val_evaluator', 'vis_backends', 'visualizer')
_LOADER_KEYS = {
    *inspect.signature(DataLoader).parameters, 'num_batch_per_epoch'
}
# Those that are built of a dict.
_BUILT = ('dataset', 'sampler', 'batch_sampler', 'collate_fn',
          'worker_init_fn')
# Of other devices, which register when their package is imported.
_BACKENDS = 'hccl', 'cncl', 'mccl', 'ccl'
# The keys that are read of a dict, by its name.
_KEYS: dict[str, set[str]] = {
    'env_cfg': {'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'},
    'mp_cfg': {'mp_start_method', 'opencv_num_threads'},
    'dist_cfg': {
        'init_backend', 'port',
        *inspect.signature(init_process_group).parameters
    },
    'randomness': {'seed', 'diff_rank_seed', 'deterministic'},
    'auto_scale_lr': {'enable', 'base_batch_size'},
    'clip_grad': {
        'type', 'max_norm', 'norm_type', 'error_if_nonfinite', 'foreach',
        'clip_value'
    },
    **dict.fromkeys(_LOADERS, _LOADER_KEYS),
}
# What it does not know it hands on, and fails when it first saves.
_OF_CHECKPOINTS = {
    'type', '_scope_', *inspect.signature(CheckpointHook).parameters,
    *inspect.signature(Runner.save_checkpoint).parameters
}
# Of mmengine's own constructor of optimizers.
_CONSTRUCTOR = 'DefaultOptimWrapperConstructor'
_RATES = {
    'custom_keys', 'bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult',
    'flat_decay_mult', 'dwconv_decay_mult', 'dcn_offset_lr_mult',
    'bypass_duplicate'
}
# What datasets of these packages read; further keys must not look like one of
# them.
_READERS = 'mmdet3d', 'reldistill_mm'
_OPEN = {
    'metainfo': {'classes', 'palette', 'ignore_index'},
    'modality': {
        'use_lidar', 'use_camera', 'use_radar', 'use_map', 'use_external',
        'use_imu', 'use_depth'
    },
}
_TYPES = {'clip_grad': (None, 'norm', 'value')}


def check_config(cfg: Mapping) -> None:
    """Refuse what cannot be right, by its dotted name.

    Args:
        cfg (Mapping): A config as a run will have it.

    Raises:
        BadInput: A key that nothing reads, a value of another kind than its
            class wants or out of its range, or values that contradict each
            other.
    """
    check_switches('', cfg)
    check_texts(cfg)
    check_kinds('', cfg, READ)
    _check_backend(_part(_part(cfg, 'env_cfg'), 'dist_cfg'))
    _check_rates(_part(cfg, 'optim_wrapper'))
    for key in READ:
        for name, part in parts(cfg.get(key), key):
            last = name.rpartition('.')[2]
            _check_keys(name, last, part)
            check_switches(f'{name}.', part)
            check_numbers(name, last, part)
            _check_subset(name, part)
            check_arguments(name, part)
            if part.get('type') in ('SegMetric', 'mmdet3d.SegMetric'):
                _check_metric(name, part)
    for name in _LOADERS:
        _check_loader(name, _part(cfg, name))
    _check_intensities(cfg)
    _check_hooks(_part(cfg, 'default_hooks'))
    check_student(_part(cfg, 'model'))


def _part(cfg: Mapping, name: str) -> Mapping:
    """Return a part that is still a config, not an object built of it."""
    part = cfg.get(name)
    return part if isinstance(part, Mapping) else {}


def _check_keys(name: str, last: str, part: Mapping) -> None:
    # A class of its own may read others.
    if part.get('type') in _TYPES.get(last, (None, )):
        _require_known(name, part, _KEYS.get(last, part))
    if not any(
            kind.__module__.partition('.')[0] in _READERS
            for kind in classes_of(part.get('type'))):
        return
    for inner, known in _OPEN.items():
        for key in set(_part(part, inner)) - known:
            hint = closest(key, known, 1)
            if hint.startswith('; did'):
                raise BadInput(f'{name}.{inner}.{key} is not read{hint}')


def _require_known(name: str, part: Mapping, known: Collection[str]) -> None:
    for key in part:
        if key not in known:
            raise BadInput(f"{name} has no '{key}', which nothing would read"
                           f'{closest(key, known, 1)}')


def _check_rates(wrapper: Mapping) -> None:
    """What optimizers and mmengine's constructor of them do not check."""
    optimizer = wrapper.get('optimizer')
    for key in ('lr', 'momentum', 'weight_decay'):
        value = isinstance(optimizer, Mapping) and optimizer.get(key)
        if isinstance(value, str):
            raise BadInput(f'optim_wrapper.optimizer.{key}={value!r} is text, '
                           'not a number: give it a number.')
    rates = wrapper.get('paramwise_cfg')
    if not isinstance(rates, Mapping) or wrapper.get(
            'constructor', _CONSTRUCTOR) != _CONSTRUCTOR:
        return
    name = 'optim_wrapper.paramwise_cfg'
    _require_known(name, rates, _RATES)
    for key, each in (rates.get('custom_keys') or {}).items():
        _require_known(f'{name}.custom_keys.{key}', each,
                       ('lr_mult', 'decay_mult'))


def _check_subset(name: str, part: Mapping) -> None:
    """``indices`` of mmengine's datasets: the first N, or these."""
    chosen = part.get('indices')
    if 'ann_file' not in part or chosen is None:
        return
    whole = fits(chosen, int | list[int])
    if not whole or chosen == 0 or not (isinstance(chosen, Integral)
                                        or len(chosen)):
        raise BadInput(f'{name}.indices={chosen!r} leaves no sample: give the '
                       'number of samples, a list of their places, or None '
                       'for all.')


def _check_metric(name: str, part: Mapping) -> None:
    for key in ('submission_prefix', 'pklfile_prefix'):
        if part.get(key) is not None:
            raise BadInput(
                f"{name}.{key}={part[key]!r}: mmdet3d's SegMetric writes "
                "ScanNet's submissions alone, and nothing of these datasets. "
                f'Leave {key} out; tools/segment.py writes labels.')


def _check_backend(given: Mapping) -> None:
    backend = str(given.get('backend', 'gloo')).lower()
    hint = closest(backend, Backend.backend_list, 1)
    known = {*Backend.backend_list, *_BACKENDS}
    if backend not in known and hint.startswith('; did'):
        raise BadInput(f'env_cfg.dist_cfg.backend={given["backend"]!r} is not '
                       f'a backend{hint}')


def _check_loader(name: str, loader: Mapping) -> None:
    check_kinds(f'{name}.', loader, _BUILT)
    for key in ('persistent_workers', 'prefetch_factor'):
        if loader.get(key) and not loader.get('num_workers', 0):
            raise BadInput(f'{name}.{key}={loader[key]!r} needs processes '
                           f'that load data: set {name}.num_workers to 1 or '
                           f'more, or {key} to '
                           f'{False if loader[key] is True else None}.')


def _check_intensities(cfg: Mapping) -> None:
    """mmdet3d's ``LoadPointsFromFile`` may squeeze intensities by tanh."""
    said = {
        bool(part.get('norm_intensity')): name
        for loader in _LOADERS
        for name, part in parts(cfg.get(loader), loader) if 'load_dim' in part
    }
    if len(said) == 2:
        raise BadInput(f'{said[True]} has norm_intensity=True and '
                       f'{said[False]} has not: a model needs intensities of '
                       'one range in training and testing.')


def _check_hooks(hooks: Mapping) -> None:
    known = ('runtime_info', 'timer', 'sampler_seed', 'logger',
             'param_scheduler', 'checkpoint', 'visualization')
    for name, hook in hooks.items():
        if isinstance(hook, Mapping) and 'type' not in hook:
            raise BadInput(f'default_hooks.{name} names no type'
                           f'{closest(name, known, 1)}')
        if isinstance(hook, Mapping) and classes_of(
                hook.get('type')) == [CheckpointHook]:
            _require_known(f'default_hooks.{name}', hook, _OF_CHECKPOINTS)
        if hook is None and name not in known:
            raise BadInput(f'default_hooks.{name}=None turns nothing off'
                           f'{closest(name, known, 1)}')
