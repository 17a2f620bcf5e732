"""Compare the images' size with the teacher before the first step."""
from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset

from ..datasets.transforms import ResizedCropCameras
from ..errors import BadInput
from ..teacher_cache.keyframes import unwrapped
from .unwrap import unwrap


@HOOKS.register_module()
class CheckImageSizeHook(Hook):
    """Stop before the first step, not at the first validation.

    Looks at the pipelines of the datasets that will be read. Does nothing
    where images are not resized: their size is only known when they are read.

    Raises:
        BadInput: Images of a size that the teacher's stride does not divide.
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
        model = unwrap(runner.model)
        teacher = getattr(model, 'teacher', None)
        if teacher is None:
            return
        for size in image_sizes(loader.dataset):
            if any(pixels % teacher.stride for pixels in size):
                raise BadInput(
                    f'The images of {name} are resized to {size} (height, '
                    f'width), which {type(teacher).__name__} cannot read: set '
                    'the size of ResizedCropCameras to multiples of '
                    f'{teacher.stride}, the stride of the teacher.')


def image_sizes(dataset: Dataset) -> set[tuple[int, int]]:
    """Sizes (height, width) to which a dataset's pipelines resize images."""
    return {
        step.size
        for each in unwrapped(dataset)
        for step in getattr(getattr(each, 'pipeline', None), 'transforms', ())
        if isinstance(step, ResizedCropCameras)
    }
