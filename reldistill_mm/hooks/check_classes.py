"""Compare the model's classes with the datasets' before the first step."""
from typing import Any

from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from torch import nn

from ..errors import BadInput
from ..io.fit_state import unwrap
from .without_words import LABEL_METRICS, has_words


@HOOKS.register_module()
class CheckClassesHook(Hook):
    """Stop before hours of training when validation could only fail.

    Raises:
        BadInput: The words' classes are not those of a dataset that the
            model will be tested on, in its order; a decode head has another
            number of outputs, was trained on other classes, or ignores
            another label than the dataset; or labels are to be judged, which
            a model without words does not give.
    """

    def before_run(self, runner: Runner) -> None:
        model = unwrap(runner.model)
        # Only losses ask the head; metrics ask the dataset.
        loop = getattr(runner, '_train_loop', None)
        if isinstance(loop, BaseLoop):
            _check_ignored(model, loop.dataloader.dataset)
        head = getattr(model, 'zero_shot_head', None)
        outputs = getattr(model, 'num_classes', None)
        for name in ('val_dataloader', 'test_dataloader'):
            loader = runner.cfg.get(name) or {}
            metainfo = loader.get('dataset', {}).get('metainfo') or {}
            classes = metainfo.get('classes')
            if classes is None:
                continue
            if outputs is not None and outputs != len(classes):
                raise BadInput(
                    f'The model has {outputs} outputs for the {len(classes)} '
                    f'classes of {name}: set model.decode_head.num_classes '
                    'and ignore_index to their number, without an output for '
                    'ignored points.')
            if head is not None and list(classes) != head.classes:
                raise BadInput(
                    f'The model predicts {len(head.classes)} classes '
                    f'{head.classes}, {name} has {len(classes)}: '
                    f'{list(classes)}. Give model.zero_shot_head.classes '
                    "the dataset's classes in its order.")

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the classes that a decode head was trained on.

        Their number may be right by chance; the outputs have no names.
        """
        if (getattr(unwrap(runner.model), 'decode_head', None) is None
                or isinstance(runner._train_loop, BaseLoop)
                or runner.cfg.get('allow_partial')):
            return
        meta = (checkpoint.get('meta') or {}).get('dataset_meta') or {}
        loader = runner.cfg.get('test_dataloader') or {}
        metainfo = loader.get('dataset', {}).get('metainfo') or {}
        found, wanted = meta.get('classes'), metainfo.get('classes')
        if found and wanted and list(found) != list(wanted):
            raise BadInput(
                f'The checkpoint was trained on the classes {list(found)}, '
                f'test_dataloader has {list(wanted)}: test it with the '
                'config that it was trained with, or set allow_partial=True '
                'if only the names differ.')

    def before_train(self, runner: Runner) -> None:
        if runner.val_loop is not None:
            self.before_val(runner)

    def before_val(self, runner: Runner) -> None:
        self._check_labels(runner, 'val', runner.val_loop)

    def before_test(self, runner: Runner) -> None:
        self._check_labels(runner, 'test', runner.test_loop)
        if isinstance(runner.model, BaseTTAModel) and getattr(
                unwrap(runner.model), 'ensemble', None) is not None:
            raise BadInput(
                'model.ensemble joins each view of a cloud with the images, '
                'and test-time augmentation would compare the joined views '
                'with sources of the first one: leave out --tta, or set '
                'model.ensemble=None.')

    @staticmethod
    def _check_labels(runner: Runner, name: str, loop: BaseLoop) -> None:
        if has_words(runner):
            return
        for metric in loop.evaluator.metrics:
            if isinstance(metric, LABEL_METRICS):
                raise BadInput(
                    f'{name}_evaluator={type(metric).__name__} judges labels, '
                    'but the model has no words to give any '
                    f"(zero_shot_head=None): set {name}_evaluator.type="
                    f'StructureMetric and {name}_dataloader.dataset.pipeline '
                    "to the config's paired_pipeline (without --tta), or "
                    f'{name}_dataloader, {name}_evaluator and {name}_cfg to '
                    'None.')


def _check_ignored(model: nn.Module, dataset: Any) -> None:
    """Compare the label that a decode head's losses leave out."""
    head = getattr(model, 'decode_head', None)
    metainfo = getattr(dataset, 'metainfo', None) or {}
    ignored = metainfo.get('ignore_index')
    left_out = getattr(head, 'ignore_index', None)
    if head is None or ignored is None or left_out == ignored:
        return
    raise BadInput(
        f'The decode head ignores the label {left_out} and train_dataloader '
        f'marks ignored points by {ignored}: set '
        f'model.decode_head.ignore_index={ignored}, or '
        'train_dataloader.dataset.ignore_index.')
