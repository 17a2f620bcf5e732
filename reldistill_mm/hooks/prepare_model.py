"""Look at words, weights and files before the first step."""
from pathlib import Path
from typing import Any

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..datasets.seeded import random_numbers_of
from ..errors import MissingInput
from ..evaluation.structure_metric import StructureMetric, labels_of
from ..io.fit_state import unwrap
from ..teacher_cache.keyframes import unwrapped

_SHOWN = 3


@HOOKS.register_module()
class PrepareModelHook(Hook):
    """Stop before the first step, not at the first validation.

    Where training or validation reads images, the teacher's network is built;
    where there is a validation, the words are embedded, its clouds are looked
    for, and its first sample is read, which has labels if
    :class:`StructureMetric` needs them. Training on cached features without
    validation builds no teacher.

    Raises:
        BadInput: See the teacher, what reads the sample, and
            :class:`StructureMetric`.
        MissingInput: A cloud of the validation set is not there.
    """

    def before_train(self, runner: Runner) -> None:
        teacher = getattr(unwrap(runner.model), 'teacher', None)
        if teacher is not None and any(
                reads_images(each)
                for each in unwrapped(runner.train_dataloader.dataset)):
            teacher.load()
        if runner.val_loop is not None:
            dataset = runner.val_dataloader.dataset
            for each in unwrapped(dataset):
                check_clouds(each)
            with random_numbers_of((runner.seed, )):
                sample = dataset[0]
            if any(
                    isinstance(metric, StructureMetric)
                    for metric in runner.val_loop.evaluator.metrics):
                labels_of(sample['data_samples'])
            self.before_val(runner)

    def before_val(self, runner: Runner) -> None:
        self._prepare(runner, runner.val_dataloader.dataset)

    def before_test(self, runner: Runner) -> None:
        self._prepare(runner, runner.test_dataloader.dataset)

    @staticmethod
    def _prepare(runner: Runner, dataset: Any) -> None:
        model = unwrap(runner.model)
        if getattr(model, 'zero_shot_head', None) is not None:
            model.prepare_words()
        teacher = getattr(model, 'teacher', None)
        if teacher is not None and any(map(reads_images, unwrapped(dataset))):
            teacher.load()


def reads_images(dataset: Any) -> bool:
    """Whether a dataset's pipeline packs images for the teacher."""
    steps = getattr(getattr(dataset, 'pipeline', None), 'transforms', ())
    return any('img' in (getattr(step, 'keys', None) or ()) for step in steps)


def check_clouds(dataset: Any) -> None:
    """Check that the clouds of a dataset are there, if they are local files.

    Args:
        dataset (BaseDataset): Dataset of mmdet3d.

    Raises:
        MissingInput: The message names some that are not.
    """
    if getattr(dataset, 'backend_args',
               None) or not hasattr(dataset, 'get_data_info'):
        return
    missing = []
    for index in range(len(dataset)):
        points = dataset.get_data_info(index).get('lidar_points') or {}
        path = points.get('lidar_path')
        if path and '://' not in path and not Path(path).is_file():
            missing.append(path)
    if missing:
        raise MissingInput(
            f'{len(missing)} of the {len(dataset)} clouds of validation do '
            f'not exist, e.g. {missing[:_SHOWN]}: correct data_root or '
            'data_prefix of val_dataloader, or set val_dataloader, val_cfg '
            'and val_evaluator to None.')
