"""Compare the model's classes with the datasets' before the first step."""
from mmdet3d.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..errors import BadInput
from .unwrap import unwrap


@HOOKS.register_module()
class CheckClassesHook(Hook):
    """Stop before hours of training when validation could only fail.

    Raises:
        BadInput: The words' classes are not those of a dataset that the
            model will be tested on, in its order, or a decode head has
            another number of outputs.
    """

    def before_run(self, runner: Runner) -> None:
        model = unwrap(runner.model)
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
