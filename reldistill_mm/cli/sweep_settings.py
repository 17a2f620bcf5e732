"""What ``run_protocol.py --sweep`` tries, unless it is told otherwise."""
from collections.abc import Sequence
from typing import NamedTuple


class Sweep(NamedTuple):
    """What is tried, alike for every column.

    Attributes:
        ann_file: Info file of the choose scenes, below the data's root.
        backbone, head: Learning rates; every pair is tried.
        max_iters: Iterations after which a trial ends at the latest.
        interval: Iterations between two tests of a trial.
        keyframes: Part of the choose scenes' keyframes that is tested on,
            None for all: 'every_2nd_keyframe' halves the cost of a curve.
    """
    ann_file: str = 'nuscenes_infos_choose.pkl'
    backbone: Sequence[float] = (0.005, 0.02, 0.08)
    head: Sequence[float] = (0.2, 2.)
    max_iters: int = 1200
    interval: int = 50
    keyframes: str | None = None
