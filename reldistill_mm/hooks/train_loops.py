"""mmengine's training loops, which go on where a checkpoint left off."""
from collections.abc import Iterator
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch.utils.data import BatchSampler, DataLoader

from ..datasets.seeded import SeededSampler, seed_step
from ..errors import BadInput


class _SeededSteps:
    """What a step draws depends on the seed and its number alone."""
    runner: Any
    _iter: int

    def run_iter(self, *args: Any, **kwargs: Any) -> None:
        """See mmengine's loops."""
        seed_step(self.runner.base_seed, self._iter)
        super().run_iter(*args, **kwargs)  # type: ignore[misc]


class SeededIterLoop(_SeededSteps, IterBasedTrainLoop):
    """``IterBasedTrainLoop`` whose steps are seeded by their number.

    :class:`DistillRunner` builds it for ``IterBasedTrainLoop``.
    """


class SeededEpochLoop(_SeededSteps, EpochBasedTrainLoop):
    """``EpochBasedTrainLoop`` that resumes within an epoch.

    :class:`DistillRunner` builds it for ``EpochBasedTrainLoop``. With
    checkpoints by iteration
    (``default_hooks.checkpoint=dict(by_epoch=False, interval=100)``) an epoch
    is continued at its next batch; mmengine's own begins it again. Steps are
    seeded by their number.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Batches of this epoch that are done, and that were when it resumed.
        self._done = self._start = 0

    def place(self, ended: bool) -> dict[str, int]:
        """Say where the run is, for a checkpoint.

        Args:
            ended (bool): Whether the epoch has ended.
        """
        return dict(
            done=0 if ended else self._done + 1,
            batches=len(self.dataloader),
            world_size=self.runner.world_size)

    def go_on(self, place: dict[str, int] | None) -> None:
        """Begin the next epoch at the place of a checkpoint.

        Args:
            place (dict[str, int], optional): What :meth:`place` said; None
                for a checkpoint of mmengine's own loop.

        Raises:
            BadInput: It is within an epoch of another number of batches.
        """
        batches = len(self.dataloader)
        if place is None:
            done = self._iter - self._epoch * batches
            self._start = done if 0 < done <= batches else 0
            return
        self._start = place['done']
        now = dict(batches=batches, world_size=self.runner.world_size)
        if self._start and any(place[name] != now[name] for name in now):
            raise BadInput(
                f'The checkpoint was saved after {place["done"]} of '
                f'{place["batches"]} batches of an epoch on '
                f'{place["world_size"]} processes; now an epoch has '
                f'{batches} on {now["world_size"]}: resume with the same '
                'data, batch size and number of processes, or from a '
                'checkpoint of the end of an epoch.')

    def run_epoch(self) -> None:
        """Run an epoch, or what is left of it."""
        start, self._start = self._start, 0
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        for index, batch in enumerate(rest_of(self.dataloader, start), start):
            self._done = index
            self.run_iter(index, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1


def rest_of(loader: DataLoader, done: int) -> Iterator[Any]:
    """Iterate over the batches of an epoch from one on.

    Args:
        loader (DataLoader): Loader of all.
        done (int): Number of batches to leave out.
    """
    batches = loader.batch_sampler
    sampler = getattr(batches, 'sampler', None)
    if not done:
        yield from loader
    elif type(batches) is BatchSampler and isinstance(sampler, SeededSampler):
        sampler.skip(done * batches.batch_size)
        yield from loader
    else:
        # Which indices a batch is made of only its sampler knows.
        for index, batch in enumerate(loader):
            if index >= done:
                yield batch
