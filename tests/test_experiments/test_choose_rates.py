"""The rule that chooses a learning rate, and schedules of other lengths."""
import json
from pathlib import Path
from threading import Lock

import pytest
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import train_once
from reldistill_mm.experiments.choose_rates import (DIVERGED, Search,
                                                    choose_rates, lowest_rate,
                                                    rates_note)
from reldistill_mm.experiments.schedules import (rate_options, set_epochs,
                                                 set_rate)


@pytest.mark.parametrize('losses, expected', [
    ({.003: .5, .01: .4, .03: .6}, .01),
    ({.003: float('nan'), .01: .5, .03: None}, .01),
    # Equal within half a percent: the smaller one.
    ({.01: .4005, .03: .4}, .01),
    ({.01: .41, .03: .4}, .03),
    # A loss may be negative.
    ({.01: -1., .03: -1.004, .1: 2.}, .01),
    ({.01: -1., .03: -1.1}, .03),
])  # yapf: disable
def test_the_rule(losses, expected):
    assert lowest_rate(losses, 'x') == expected


def test_nothing_but_divergence_is_refused():
    with pytest.raises(BadInput, match="'x' diverged at every"):
        lowest_rate({.1: None, .3: float('inf')}, 'x')


@pytest.fixture
def fast(monkeypatch):
    """Stands for tools/train.py; the loss is lowest at 0.01."""
    calls = []
    lock = Lock()

    def train(config, work_dir, log, threads):
        # Two threads at once break the parser of Python 3.11.
        with lock:
            cfg = Config.fromfile(config)
        calls.append(cfg)
        rate = cfg.optim_wrapper.optimizer.lr
        if rate > 1:
            raise RuntimeError(f'tools/train.py ended with 2. {DIVERGED}')
        path = work_dir / '20240101_000000/vis_data/scalars.json'
        path.parent.mkdir(parents=True)
        path.write_text('\n'.join(
            json.dumps(dict(step=i, loss=abs(rate - .01) + (i < 20)))
            for i in range(30)))
        (work_dir / 'epoch_2.pth').touch()
        return work_dir / 'epoch_2.pth'

    monkeypatch.setattr(train_once, 'run_train', train)
    return calls


def config(name='reldistill_miniworld.py'):
    return Config.fromfile(reldistill_mm.config_path(name))


def test_short_runs_are_resumed(fast, tmp_path):
    cfg = config()
    before = cfg.to_dict()
    how = Search(tmp_path, [.03, .01, 2.], 2, seed=5, jobs=2, threads=1)
    found = choose_rates(dict(one=cfg), how)['one']
    assert found == dict(
        learning_rate=.01,
        final_loss={.01: 0., .03: pytest.approx(.02), 2.: None},
        at_edge=True)  # yapf: disable
    assert cfg.to_dict() == before
    assert {each.param_scheduler[0].total_steps for each in fast} == {2}
    assert {each.randomness.seed for each in fast} == {5}
    assert all(
        each.param_scheduler[0].eta_max == each.optim_wrapper.optimizer.lr
        for each in fast)
    fast.clear()
    assert choose_rates(dict(one=cfg), how)['one'] == found
    # What diverged left nothing to keep.
    assert [each.optim_wrapper.optimizer.lr for each in fast] == [2.]
    text = rates_note(dict(one=found), how)
    assert text.endswith('one 0.01 (end of the grid)') and 'own loss' in text


def test_another_failure_is_an_error(tmp_path, monkeypatch):

    def fail(*args, **how):
        raise RuntimeError('no space left')

    monkeypatch.setattr(train_once, 'run_train', fail)
    with pytest.raises(RuntimeError, match='no space'):
        choose_rates(dict(one=config()), Search(tmp_path, [.1, .2], 1))


def test_a_single_rate_runs_nothing(fast, tmp_path):
    how = Search(tmp_path, [.1], 1)
    assert choose_rates(dict(a=config()),
                        how) == dict(a=dict(learning_rate=.1))
    assert fast == []
    for rates in ([], [.1, .1]):
        with pytest.raises(BadInput, match='each once'):
            choose_rates(dict(a=config()), how._replace(rates=rates))


@pytest.mark.parametrize('name', [
    'reldistill_miniworld.py', 'reldistill_nus.py', 'baselines/scalr_nus.py',
    'baselines/clip2scene_nus.py'
])
def test_schedules_end_with_the_training(name):
    cfg = config(name)
    set_epochs(cfg, 7)
    assert cfg.train_cfg.max_epochs == 7
    last = cfg.param_scheduler[-1]
    begin = last.get('begin', 0)
    assert last.get('total_steps', 7) == 7 and last.get('end', 7) == 7
    assert last.get('T_max', 7 - begin) == 7 - begin
    set_rate(cfg, .5)
    assert cfg.optim_wrapper.optimizer.lr == .5
    assert last.get('eta_max', .5) == .5
    options = rate_options(cfg, .25)
    assert 'optim_wrapper.optimizer.lr=0.25' in options
    assert ('eta_max=0.25' in options) == ('eta_max' in last)


def test_what_cannot_be_changed_is_refused():
    cfg = config('baselines/scalr_nus.py')
    with pytest.raises(BadInput, match='too few for the schedule'):
        set_epochs(cfg, 1)
    with pytest.raises(BadInput, match='must be positive'):
        set_rate(cfg, 0.)
    cfg.train_cfg = dict(max_iters=3)
    with pytest.raises(BadInput, match='does not train by epochs'):
        set_epochs(cfg, 3)
    with pytest.raises(BadInput, match='has no optim_wrapper'):
        set_rate(Config(dict(a=1), filename=None), 1.)
    assert Path(config().filename).name == 'reldistill_miniworld.py'
