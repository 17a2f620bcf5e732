"""What has no words is judged by structure, unless the config says how."""
import copy
from types import SimpleNamespace

import pytest
from mmdet3d.models import Seg3DTTAModel
from mmdet3d.registry import VISUALIZERS
from mmengine.config import Config
from torch import nn

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.evaluation import PointSegMetric
from reldistill_mm.hooks import CheckClassesHook, DrawSegmentationHook
from reldistill_mm.hooks.without_words import judge_structure

pytestmark = pytest.mark.usefixtures('mmdet3d_scope')
STRUCTURE = dict(type='StructureMetric')


@pytest.fixture
def cfg():
    cfg = Config.fromfile(
        reldistill_mm.config_path('reldistill_miniworld_structure.py'))
    cfg.model.zero_shot_head = None
    return cfg


def test_validation_and_test(cfg):
    before = copy.deepcopy(cfg)
    cfg.val_dataloader.dataset = before.val_dataloader.dataset = dict(
        type='ConcatDataset', datasets=[cfg.val_dataloader.dataset] * 2)
    judged, changed = judge_structure(cfg)
    assert cfg.to_dict() == before.to_dict() and changed == ['val', 'test']
    for split in changed:
        assert judged[f'{split}_evaluator'] == [STRUCTURE]
    for each in judged.val_dataloader.dataset.datasets:
        assert each.pipeline == cfg.paired_pipeline
    again, changed = judge_structure(judged)
    assert again is judged and not changed


def test_what_stays(cfg):
    """Pipelines and evaluators of the user's, and models with words."""
    other = dict(type='DumpResults')
    cfg.test_evaluator = [other, dict(type='mmdet3d.SegMetric')]
    cfg.val_dataloader.dataset.pipeline = cfg.test_pipeline[:2]
    judged, changed = judge_structure(cfg)
    assert changed == ['test'] and judged.val_dataloader == cfg.val_dataloader
    assert judged.test_evaluator == [other, STRUCTURE]
    cfg.val_dataloader = cfg.val_evaluator = None
    assert judge_structure(cfg)[1] == ['test']
    for model in (dict(cfg.model, zero_shot_head=dict()),
                  dict(cfg.model, type='LinearProbeMinkUNet'),
                  dict(type='Seg3DTTAModel', module=cfg.model), None):
        cfg.model = model
        assert judge_structure(cfg) == (cfg, [])


def test_what_a_test_asks_for_without_words():
    VISUALIZERS.build(dict(type='Det3DLocalVisualizer', name='words'))
    drawing = DrawSegmentationHook(
        draw=True, vis_task='lidar_seg', test_out_dir='x')
    loop = SimpleNamespace(
        evaluator=SimpleNamespace(metrics=[PointSegMetric()]))
    model = nn.Module()
    model.zero_shot_head = model.test_step = None
    for each in (model, Seg3DTTAModel(model)):
        runner = SimpleNamespace(model=each, test_loop=loop)
        with pytest.raises(BadInput, match='no words .*without --tta'):
            CheckClassesHook().before_test(runner)
        with pytest.raises(BadInput, match='--show-dir draws labels'):
            drawing.before_test(runner)
    model.zero_shot_head = 'some'
    CheckClassesHook().before_test(runner)
    drawing.before_test(runner)
