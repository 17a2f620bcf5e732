"""Settings of the tiny CLIP's training."""
from dataclasses import asdict, dataclass
from typing import Any

SCALES = (1.5, 3.0)
"""Crops are that many times as large as in the picture, so that the dense
path meets the sizes it was trained with."""


@dataclass(frozen=True)
class Recipe:
    """Settings of a training.

    Attributes:
        steps (int): Number of updates.
        batch (int): Crops per update, B.
        points (int): Pixels per crop for the dense contrast, P.
        dense_weight (float): Weight of the dense contrast; 0 trains on whole
            crops alone.
        captions_per_word (int): Captions of each word for the dense contrast.
        stride (int): Pixels from one dense embedding to the next.
        rate (float): Highest learning rate.
        decay (float): Weight decay of AdamW.
        power, pixel_power (float): Exponents of the classes' shares; see
            ``CropSampler``.
        scales (tuple[float, float]): Magnification of the crops, lowest and
            highest.
        seed (int): Seed of everything.
        bfloat16 (bool): Run the image tower in it, thrice as fast where the
            CPU knows it.
    """
    steps: int = 600
    batch: int = 32
    points: int = 128
    dense_weight: float = 3.
    captions_per_word: int = 3
    stride: int = 16
    rate: float = 3e-3
    decay: float = .02
    power: float = .4
    pixel_power: float = .2
    scales: tuple[float, float] = SCALES
    seed: int = 0
    bfloat16: bool = True

    def asdict(self) -> dict[str, Any]:
        """Return the settings as a dict, for figures.json."""
        return asdict(self)
