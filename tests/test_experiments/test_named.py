"""Short names: a probe on any data that has a protocol."""
import pytest
from config_files import difference
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.named import known_data, named_protocol


def probe(data, tmp_path, name='linear_probe'):
    path = named_protocol(name, data, tmp_path)
    assert path.parent == tmp_path / 'configs'
    return Config.fromfile(path)


@pytest.mark.parametrize('data', ['nus', 'miniworld', 'own_folder'])
def test_it_is_the_config_that_there_is(data, tmp_path):
    written = Config.fromfile(
        reldistill_mm.config_path(f'downstream/linear_probe_{data}.py'))
    # What it says in full is mmengine's default.
    assert difference(probe(data, tmp_path), written) <= {
        'train_cfg.balanced', 'default_hooks.checkpoint.by_epoch',
        'log_processor', 'log_processor.by_epoch'
    }


@pytest.mark.parametrize('data', known_data())
def test_a_probe_on_every_data(data, tmp_path):
    cfg = probe(data, tmp_path, 'linear_probe_balanced')
    assert cfg.train_cfg == dict(type='LinearFitLoop', balanced=True)
    assert cfg.model.type == 'LinearProbeMinkUNet'
    steps = [step.type for step in cfg.train_dataloader.dataset.pipeline]
    assert len(steps) == 3 and steps[-1] == 'Pack3DDetInputs'
    tuned = Config.fromfile(
        reldistill_mm.config_path(f'downstream/finetune_{data}.py'))
    assert cfg.test_dataloader == tuned.test_dataloader
    loader = cfg.train_dataloader.to_dict()
    assert loader['sampler'] == dict(type='DefaultSampler', shuffle=False)
    assert {
        **loader['dataset'], 'pipeline': []
    } == {
        **tuned.train_dataloader.dataset.to_dict(), 'pipeline': []
    }


def test_names_and_paths(tmp_path):
    found = named_protocol('finetune_nus_1pct', None, tmp_path)
    assert str(found) == reldistill_mm.config_path(
        'downstream/finetune_nus_1pct.py')
    for other in ('a/b.py', 'mine.py', 'nothing'):
        assert str(named_protocol(other, None, tmp_path)) == other
    with pytest.raises(
            BadInput, match="linear_probe needs --data, one of .*"
            "'nus'"):
        named_protocol('linear_probe', None, tmp_path)
    with pytest.raises(BadInput, match="not 'nuss'"):
        named_protocol('linear_probe', 'nuss', tmp_path)
    assert list(tmp_path.iterdir()) == []
