"""A wrong number of classes stops a run before its first step."""
from types import SimpleNamespace

import pytest
from mmengine.config import ConfigDict
from mmengine.runner.base_loop import BaseLoop

from reldistill_mm.errors import BadInput
from reldistill_mm.hooks import CheckClassesHook


def runner(model_classes, data_classes):
    dataset = dict(metainfo=dict(classes=data_classes))
    model = SimpleNamespace(
        zero_shot_head=SimpleNamespace(classes=model_classes))
    return SimpleNamespace(
        model=model, cfg=ConfigDict(val_dataloader=dict(dataset=dataset)))


def test_equal_classes_pass():
    CheckClassesHook().before_run(runner(['a', 'b'], ['a', 'b']))
    other = SimpleNamespace(model=SimpleNamespace(), cfg={})
    CheckClassesHook().before_run(other)


@pytest.mark.parametrize('classes', [['a'], ['b', 'a'], ['a', 'b', 'c']])
def test_other_classes_are_named(classes):
    with pytest.raises(
            ValueError, match='val_dataloader.*zero_shot_head.classes'):
        CheckClassesHook().before_run(runner(classes, ['a', 'b']))


def test_every_config_has_it():
    from mmengine.config import Config

    from reldistill_mm import config_path
    cfg = Config.fromfile(config_path('reldistill_nus.py'))
    assert dict(type='CheckClassesHook') in cfg.custom_hooks


def test_an_output_for_ignored_points():
    model = SimpleNamespace(num_classes=17)
    data = dict(dataset=dict(metainfo=dict(classes=['a'] * 16)))
    cfg = ConfigDict(val_dataloader=data)
    with pytest.raises(ValueError, match='17 outputs for the 16.*decode_head'):
        CheckClassesHook().before_run(SimpleNamespace(model=model, cfg=cfg))
    model.num_classes = 16
    CheckClassesHook().before_run(SimpleNamespace(model=model, cfg=cfg))


@pytest.mark.parametrize('found, refused', [(['a', 'b'], False),
                                            (('a', 'b'), False),
                                            (['b', 'a'], True), (None, False)])
def test_a_head_that_was_trained_on_other_classes(found, refused):
    """As many, so that all shapes are right."""
    data = dict(dataset=dict(metainfo=dict(classes=['a', 'b'])))
    cfg = ConfigDict(test_dataloader=data)
    tested = SimpleNamespace(
        model=SimpleNamespace(decode_head=1), cfg=cfg, _train_loop={})
    checkpoint = dict(meta=dict(dataset_meta=dict(classes=found)))
    hook = CheckClassesHook()
    if refused:
        with pytest.raises(BadInput, match=r"\['b', 'a'\].*\['a', 'b'\]"):
            hook.after_load_checkpoint(tested, checkpoint)
        tested.cfg.allow_partial = True
    hook.after_load_checkpoint(tested, checkpoint)
    hook.after_load_checkpoint(tested, {})


class Loop(BaseLoop):

    def __init__(self, ignored):
        metainfo = {} if ignored is None else dict(ignore_index=ignored)
        self.dataloader = SimpleNamespace(
            dataset=SimpleNamespace(metainfo=metainfo))

    def run(self):
        raise AssertionError


@pytest.mark.parametrize('head, data, refused', [(20, 20, False),
                                                 (20, None, False),
                                                 (20, 255, True),
                                                 (0, 16, True)])
def test_another_label_is_ignored(head, data, refused):
    """Else the losses see a class that is none, or miss one."""
    model = SimpleNamespace(decode_head=SimpleNamespace(ignore_index=head))
    tested = SimpleNamespace(model=model, cfg={}, _train_loop=Loop(data))
    if not refused:
        CheckClassesHook().before_run(tested)
        return
    with pytest.raises(
            BadInput, match=f'head ignores the label {head} .*train.* {data}'):
        CheckClassesHook().before_run(tested)
