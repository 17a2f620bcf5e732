"""How large the study is: as a whole, or in ten minutes."""
from typing import Any, NamedTuple

from miniworld import LARGE
from reldistill_mm.cli.sweep_settings import Sweep


class Size(NamedTuple):
    """One size of the study.

    Attributes:
        world: Arguments of MiniWorld.
        methods: Losses whose students are compared with a random start.
        seeds: Seeds of students and of what is trained on them.
        epochs: Epochs of distillation, None for the configs' own.
        rates: Learning rates to choose from for each loss.
        tuning_epochs: Epochs of the runs that choose one.
        protocols: Configs, or short names.
        subsets, seeds_per_subset: See ``tools/run_protocol.py``.
        sweep: Learning rates and lengths to choose from.
    """
    world: dict[str, Any]
    methods: tuple[str, ...]
    seeds: tuple[int, ...]
    epochs: int | None
    rates: tuple[float, ...]
    tuning_epochs: int
    protocols: tuple[str, ...]
    subsets: int
    seeds_per_subset: int
    sweep: Sweep


WHOLE = Size(
    world=LARGE,
    methods=('relational', 'similarity'),
    seeds=(0, 1, 2, 3, 4),
    epochs=None,
    rates=(3e-3, 1e-2, 3e-2, 1e-1),
    tuning_epochs=4,
    protocols=('reldistill_miniworld', 'linear_probe', 'linear_probe_balanced',
               'finetune_miniworld_1pct', 'finetune_miniworld_5pct'),
    subsets=8,
    seeds_per_subset=2,
    sweep=Sweep(max_iters=600, interval=20, keyframes='every_2nd_keyframe'))
# Every part, and no figure that means anything.
QUICK = Size(
    world=dict(
        scenes=(2, 2, 1),
        keyframes=4,
        image_size=(224, 126),
        azimuth_steps=362,
        seed=1),
    methods=('relational', 'similarity'),
    seeds=(0, 1),
    epochs=1,
    rates=(1e-2, ),
    tuning_epochs=1,
    protocols=('reldistill_miniworld', 'linear_probe',
               'finetune_miniworld_25pct'),
    subsets=2,
    seeds_per_subset=1,
    sweep=Sweep(backbone=(0.02, ), head=(2., ), max_iters=16, interval=1))
