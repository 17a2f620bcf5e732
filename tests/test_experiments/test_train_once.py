"""When a finished training counts as the one that is asked for."""
import copy
import json

import pytest
from mmengine.config import Config

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import train_once as module


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
