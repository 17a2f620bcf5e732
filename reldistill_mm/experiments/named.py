"""Protocols by their short names: ``linear_probe`` on any data."""
from pathlib import Path

from ..errors import BadInput
from ..functional.closest import closest
from ..io.config_file import read_config
from ..io.files import atomic_path
from ..io.paths import mim_path

PROBE, BALANCED = 'linear_probe', '_balanced'
_TUNED = 'finetune_'
# A config of its own, so that a run can be repeated by tools/train.py.
_PROBE = """# A linear probe on the data of {base}.
_base_ = [{path!r}]

model = dict(type='LinearProbeMinkUNet')
train_dataloader = dict(
    batch_size=1,
    sampler=dict(_delete_=True, type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline={steps}))
train_cfg = dict(_delete_=True, type='LinearFitLoop', balanced={balanced})
param_scheduler = []

# One epoch, also where fine-tuning counts iterations.
log_processor = dict(by_epoch=True)
default_hooks = dict(checkpoint=dict(by_epoch=True, interval=1))
"""


def known_data() -> list[str]:
    """Names of the data that protocols come with, shortest first.

    Returns:
        list[str]: What follows ``finetune_`` in ``configs/downstream``.
    """
    found = [
        path.stem.removeprefix(_TUNED)
        for path in mim_path('configs', 'downstream').glob(f'{_TUNED}*.py')
    ]
    return sorted(found, key=lambda name: (len(name), name))


def named_protocol(text: str, data: str | None, out: Path) -> Path:
    """Find a protocol by its path or its short name.

    Args:
        text (str): Path of a config, the name of one in
            ``configs/downstream`` (``finetune_nus_1pct``), or
            ``linear_probe`` and ``linear_probe_balanced``, which lets classes
            count alike: a probe on the labels of ``data``.
        data (str, optional): Data of a probe: what follows ``finetune_`` in
            ``configs/downstream`` (``nus``, ``kitti_1pct``).
        out (Path): The study's folder; a probe's config is written below it.

    Returns:
        Path: The config.

    Raises:
        BadInput: A probe without data, or data that there is not.
    """
    if text not in (PROBE, PROBE + BALANCED):
        found = mim_path('configs', 'downstream') / f'{text}.py'
        named = '/' not in text and not text.endswith('.py')
        return found if named and found.is_file() else Path(text)
    known = known_data()
    if data not in known:
        told = '' if data is None else f', not {data!r}'
        raise BadInput(f'{text} needs --data, one of {known}{told}'
                       f'{closest(data or "", known, 1)} For a config of your '
                       'own give its path in place of the name.')
    base = mim_path('configs', 'downstream', f'{_TUNED}{data}.py')
    name = f'{PROBE}_{data}{text.removeprefix(PROBE)}'
    path = out / 'configs' / f'{name}.py'
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = _steps(base)
    with atomic_path(path) as part:
        part.write_text(
            _PROBE.format(
                base=base.name,
                path=str(base),
                steps=steps,
                balanced=text.endswith(BALANCED)))
    return path


def _steps(base: Path) -> list[dict]:
    """Loading and packing of a protocol, without its augmentation."""
    cfg = read_config(base)
    if 'probe_pipeline' in cfg:
        return [dict(step.to_dict()) for step in cfg.probe_pipeline]
    steps = cfg.train_dataloader.dataset.pipeline
    kept = [
        step for step in steps
        if step.type.startswith('Load') or step.type.startswith('Pack')
    ]
    return [dict(step.to_dict()) for step in kept]
