"""Augmentations that depend on the seed, the epoch and the sample alone.

DataLoader's workers draw from generators of their own: which worker reads a
sample, and what it read before, would decide its augmentation. mmengine also
seeds them alike in every epoch unless they persist, and again when training is
resumed. Here the sampler says with every index which draw it is, and the
dataset seeds ``random``, NumPy and torch by that while it reads the sample.
"""
import random
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.registry import DATA_SAMPLERS, DATASETS
from torch.utils.data import Dataset, Sampler

from ..cli.pipeline_errors import missing_steps

# Keeps the numbers of samples apart from those of training steps.
_SAMPLE, _STEP = 1, 2


class SeededIndex(int):
    """Index of a sample, and what its random numbers depend on.

    Attributes:
        key (tuple[int, ...]): Seed, a constant, rank, epoch, index, and how
            often the index was drawn in this epoch before.
    """
    key: tuple[int, ...]

    def __new__(cls, index: int, key: tuple[int, ...]) -> 'SeededIndex':
        """Make an index that also is ``index`` itself."""
        made = super().__new__(cls, index)
        made.key = key
        return made

    def __reduce__(self) -> tuple:
        """Keep the key on the way to a worker."""
        return SeededIndex, (int(self), self.key)


@contextmanager
def random_numbers_of(key: tuple[int, ...]) -> Iterator[None]:
    """Seed ``random``, NumPy and torch on the CPU; restore them afterwards.

    Args:
        key (tuple[int, ...]): Non-negative numbers.
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seed_all(key)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def seed_all(key: tuple[int, ...], gpu: bool = False) -> None:
    """Seed ``random``, NumPy and torch by a few numbers.

    Args:
        key (tuple[int, ...]): Non-negative numbers.
        gpu (bool): Whether to seed the generators of GPUs, too. Defaults to
            False.
    """
    first, second, third, fourth = np.random.SeedSequence(key).generate_state(
        4).tolist()
    random.seed(first)
    np.random.seed(second)
    number = (third << 32) | fourth
    # torch.manual_seed() would seed GPUs, too, which a sample does not use.
    (torch.manual_seed if gpu else torch.default_generator.manual_seed)(
        number >> 1)


def seed_step(seed: int, step: int) -> None:
    """Seed the main process for a training step, on GPUs, too.

    What the step draws (the pair sampler, dropout) is then the same after
    training was resumed.

    Args:
        seed (int): Seed of the run.
        step (int): Number of the step.
    """
    seed_all((seed, _STEP, get_rank(), step), gpu=True)


class SeededDataset(Dataset):
    """A dataset that seeds all generators by the index's key.

    Whatever else is asked of it, the dataset in it answers.

    Args:
        dataset (Dataset | dict): Dataset to read from, or its config.
    """

    def __init__(self, dataset: Any) -> None:
        self.dataset = (
            DATASETS.build(dataset) if isinstance(dataset, dict) else dataset)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        """Read a sample; an index without a key is read as ever."""
        with missing_steps():
            if not isinstance(index, SeededIndex):
                return self.dataset[index]
            with random_numbers_of(index.key):
                return self.dataset[int(index)]

    def __getattr__(self, name: str) -> Any:
        """Return attributes of the dataset (``metainfo``, say)."""
        if name == 'dataset' or name.startswith('__'):
            # Not there yet while it is unpickled.
            raise AttributeError(name)
        return getattr(self.dataset, name)


class SeededSampler(Sampler):
    """A sampler whose indices say which draw they are.

    :class:`DistillRunner` puts it around the sampler of every config. It also
    keeps its place: after :meth:`skip` the next pass begins further on.

    Args:
        sampler (dict): Config of the sampler of the indices.
        dataset (Sized): Its dataset.
        seed (int, optional): Its seed.
        augment_seed (int): Seed of the augmentations. Defaults to 0.
    """

    def __init__(self,
                 sampler: dict,
                 dataset: Sized,
                 seed: int | None = None,
                 augment_seed: int = 0) -> None:
        self.sampler = DATA_SAMPLERS.build(
            sampler, default_args=dict(dataset=dataset, seed=seed))
        self.augment_seed = augment_seed
        self.seen: Counter[int] = Counter()
        self._skip = 0

    def skip(self, count: int) -> None:
        """Let the next pass begin after ``count`` indices."""
        self._skip = count

    def reseed(self, seed: int) -> None:
        """Take another seed, before the first index is drawn."""
        self.augment_seed = seed
        if hasattr(self.sampler, 'seed'):
            self.sampler.seed = seed

    def __iter__(self) -> Iterator[SeededIndex]:
        """Yield indices with their keys."""
        epoch = getattr(self.sampler, 'epoch', None)
        # One that knows no epochs never ends: its draws are counted on.
        seen = self.seen if epoch is None else Counter[int]()
        skip, self._skip = self._skip, 0
        start = (self.augment_seed, _SAMPLE, get_rank(), epoch or 0)
        marked = self._marked(start, seen)
        # The skipped ones are drawn, too.
        for _ in islice(marked, skip):
            pass
        return marked

    def _marked(self, start: tuple[int, ...],
                seen: Counter[int]) -> Iterator[SeededIndex]:
        for index in self.sampler:
            index = int(index)
            yield SeededIndex(index, (*start, index, seen[index]))
            seen[index] += 1

    def __len__(self) -> int:
        return len(self.sampler)

    def __getattr__(self, name: str) -> Any:
        """Return attributes of the sampler (``set_epoch``, say)."""
        if name == 'sampler' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.sampler, name)
