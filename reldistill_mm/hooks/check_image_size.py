"""Compare the images' size with the teacher before the first step."""
from collections.abc import Iterator

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from ..datasets.seeded import random_numbers_of
from ..io.fit_state import unwrap
from ..teacher_cache.keyframes import unwrapped
from .prepare_model import reads_images


@HOOKS.register_module()
class CheckImageSizeHook(Hook):
    """Stop before the first step, not in it or at the first validation.

    Reads the first sample of every dataset that has images, since any step of
    a pipeline, or none, may decide their size.

    Raises:
        BadInput: Images of a size that the teacher cannot read.
    """

    def before_train(self, runner: Runner) -> None:
        self._check(runner, 'train_dataloader', runner.train_dataloader)
        if runner.val_loop is not None:
            self.before_val(runner)

    def before_val(self, runner: Runner) -> None:
        self._check(runner, 'val_dataloader', runner.val_dataloader)

    def before_test(self, runner: Runner) -> None:
        self._check(runner, 'test_dataloader', runner.test_dataloader)

    @staticmethod
    def _check(runner: Runner, name: str, loader: DataLoader) -> None:
        teacher = getattr(unwrap(runner.model), 'teacher', None)
        if teacher is None:
            return
        with random_numbers_of((runner.seed, )):
            for size in image_sizes(loader.dataset):
                teacher.require_size(size, f'images of {name}')


def image_sizes(dataset: Dataset) -> Iterator[tuple[int, ...]]:
    """Sizes (height, width) of the images in datasets' first samples."""
    for each in unwrapped(dataset):
        if reads_images(each) and len(each):
            images = each[0]['inputs'].get('img')
            if images is not None:
                yield tuple(images.shape[-2:])
