"""When a finished training counts as the one that is asked for."""
import copy
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from reldistill_mm.datasets.info_file import write_infos
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import train_and_test as module_of_tests
from reldistill_mm.experiments import train_once as module
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.scene_file import unpack_scenes


@pytest.fixture
def trained(monkeypatch):
    """Names of the folders that were trained in."""
    found = []

    def train(config, work_dir, log, threads):
        found.append(work_dir.parent.name)
        scalars = work_dir / 'now/vis_data/scalars.json'
        scalars.parent.mkdir(parents=True)
        scalars.write_text(json.dumps(dict(step=1, loss=.5)))
        return work_dir / 'epoch_1.pth'

    monkeypatch.setattr(module, 'run_train', train)
    return found


def test_it_counts_by_what_decides_it(trained, tmp_path):
    cfg = Config(dict(model=dict(type='A', width=1), other_pipeline=[1]))
    first = module.train_once(cfg, tmp_path / 'run')
    assert first['checkpoint'] == 'epoch_1.pth' and first['final_loss'] == .5
    # A variable that a later version adds to the bases decides nothing.
    later = copy.deepcopy(cfg)
    later.one_more = [2]
    assert module.train_once(later, tmp_path / 'run') == first
    assert trained == ['run']
    later.model.width = 2
    with pytest.raises(BadInput, match='not what this call would train'):
        module.train_once(later, tmp_path / 'run')


def test_a_record_that_does_not_say_what_it_was_made_of(trained, tmp_path):
    (tmp_path / 'trained.json').write_text('{"checkpoint": "epoch_1.pth"}')
    with pytest.raises(BadInput, match='not what this call'):
        module.train_once(Config(dict(model=dict())), tmp_path)


def test_other_data_under_the_same_path(trained, tmp_path):
    """Its info file has changed: neither training nor test is its own."""
    info = tmp_path / 'infos.pkl'
    data = dict(dataset=dict(data_root=str(tmp_path), ann_file='infos.pkl'))

    def world(token):
        write_infos(dict(metainfo={}, data_list=[dict(token=token)]), info)

    world('a')
    cfg = Config(dict(model=dict(type='A'), train_dataloader=data))
    first = module.train_once(cfg, tmp_path / 'run')
    assert module.train_once(cfg, tmp_path / 'run') == first
    world('b')
    with pytest.raises(BadInput, match='info file says something else'):
        module.train_once(cfg, tmp_path / 'run')


def test_a_test_says_who_made_it_and_keeps_its_scenes(trained, tmp_path,
                                                      monkeypatch):
    asked = []

    def train(config, work_dir, log, threads):
        scalars = work_dir / 'now/vis_data/scalars.json'
        scalars.parent.mkdir(parents=True)
        scalars.write_text(json.dumps(dict(step=1, loss=.5)))
        (work_dir / 'epoch_1.pth').write_text('weights')
        return work_dir / 'epoch_1.pth'

    def tested(config, checkpoint, folder, log, threads):
        asked.append(checkpoint.name)
        path = Config.fromfile(config).test_evaluator.scene_file
        Path(path).write_text(
            json.dumps(dict(scenes=dict(one=[[3, 0], [1, 2]]))))
        return dict(miou=.5)

    monkeypatch.setattr(module, 'run_train', train)
    monkeypatch.setattr(module_of_tests, 'run_test', tested)
    cfg = Config(
        dict(
            model=dict(type='A'),
            test_dataloader=dict(dataset=dict(pipeline=[])),
            test_evaluator=dict(type='PointSegMetric')))
    found = module_of_tests.train_and_test(tmp_path / 'run', cfg, cfg)
    scenes = unpack_scenes(found.result['scenes'])
    assert scenes.scenes == ['one']
    assert scenes.counts.tolist() == [[[3, 0], [1, 2]]]
    # What is found keeps the version that made it, and its seconds.
    monkeypatch.setattr(module_of_tests, 'source_version', lambda: 'later')
    again = module_of_tests.train_and_test(tmp_path / 'run', cfg, cfg)
    assert again == found and asked == ['epoch_1.pth']
    kept = Kept(tmp_path / 'kept.json')
    kept.once('test', [cfg], lambda: again)
    assert kept.commits == {found.commit} != {'later'}
