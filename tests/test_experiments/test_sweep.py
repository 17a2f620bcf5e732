"""Rates and lengths: what is tried, what is chosen, what is trained."""
import json
import pickle
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmdet3d.registry import HOOKS
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import execute, run_protocols, run_sweep
from reldistill_mm.experiments.sweep import (Choice, Sweep, choose,
                                             final_config, is_swept,
                                             lengths_of, trial_config,
                                             trial_rates)

SMALL = Sweep(backbone=(.01, .1), head=(1., ), max_iters=32, interval=2)


def load(name='finetune_miniworld_1pct'):
    return Config.fromfile(reldistill_mm.config_path(f'downstream/{name}.py'))


def test_a_trial_has_constant_rates_and_the_choose_scenes():
    cfg = load()
    before = cfg.to_dict()
    trial = trial_config(cfg, SMALL, .01, 1.)
    assert cfg.to_dict() == before
    assert trial.param_scheduler == []
    assert trial.optim_wrapper.optimizer.lr == .01
    keys = trial.optim_wrapper.paramwise_cfg.custom_keys
    assert keys.decode_head.lr_mult == pytest.approx(100)
    assert (trial.train_cfg.max_iters, trial.train_cfg.val_interval) == (32, 2)
    assert trial.val_dataloader.dataset.ann_file == SMALL.ann_file
    # What is reported on takes no part.
    assert trial.test_dataloader == cfg.test_dataloader
    assert trial.custom_hooks[-1] == dict(type='StopWhenFlat')


def test_the_final_training_is_as_long_for_all():
    choice = Choice(.01, 1., 100, .5, True, False, [])
    cfg = final_config(load(), choice, 200)
    assert cfg.train_cfg.max_iters == 250
    schedule, = cfg.param_scheduler
    assert (schedule.begin, schedule.end, schedule.T_max) == (200, 250, 50)
    assert cfg.default_hooks.checkpoint.interval == 250
    other = choice._replace(iterations=300)
    assert lengths_of({('a', 'p'): choice, ('b', 'p'): other}) == dict(p=300)


def test_epochs_are_refused():
    with pytest.raises(BadInput, match='counts epochs'):
        trial_config(load('finetune_nus_1pct'), SMALL, .01, 1.)


@pytest.mark.parametrize('change, words', [
    (dict(backbone=()), 'are positive'),
    (dict(head=(0., )), 'are positive'),
    (dict(max_iters=20), 'needs 16 tests'),
    (dict(interval=0), 'needs 16 tests'),
])
def test_sweeps_that_try_nothing(change, words):
    with pytest.raises(BadInput, match=words):
        trial_rates(SMALL._replace(**change))


def test_what_is_swept():
    assert is_swept(load()) and not is_swept(load('linear_probe_miniworld'))
    assert not is_swept(
        Config.fromfile(reldistill_mm.config_path('reldistill_miniworld.py')))


def trial(backbone, level, count=16):
    return dict(backbone=backbone, head=1., curve=count * [level])


def test_the_highest_last_third_is_chosen():
    tried = [trial(.01, .4), trial(.1, .6, 20), trial(.5, float('nan'))]
    found = choose(tried, SMALL)
    assert (found.backbone, found.iterations, found.level) == (.1, 40, .6)
    assert found.flat and found.at_edge and found.trials == tried
    # Of a single head's rate nothing was chosen.
    wide = SMALL._replace(backbone=(.01, .1, .5))
    assert not choose(tried, wide).at_edge
    # Equals: the first.
    assert choose([trial(.01, .5), trial(.1, .5)], SMALL).backbone == .01
    # A peak within a curve does not count.
    peak = dict(trial(.2, .3), curve=[.9] + 11 * [.3])
    assert choose([peak, trial(.1, .4)], SMALL).backbone == .1
    with pytest.raises(BadInput, match='No learning rate'):
        choose([trial(.1, float('nan'))], SMALL)


@pytest.fixture
def world(keyframes, tmp_path):
    """Two keyframes in each of a hundred scenes, in three sets."""
    root = tmp_path / 'world'
    shutil.copytree(keyframes, root)
    infos = pickle.loads((root / 'infos_100_scenes.pkl').read_bytes())
    names = sorted({info['scene_name'] for info in infos['data_list']})
    for split, part in (('train', names[:40]), ('choose', names[40:50]),
                        ('test', names[50:])):
        kept = [
            info for info in infos['data_list'] if info['scene_name'] in part
        ]
        (root / f'{split}.pkl').write_bytes(
            pickle.dumps({
                **infos, 'data_list': kept
            }))
    return root


@pytest.fixture
def study(world, protocols, distilled, tmp_path):
    path = protocols[0].with_name('few_keyframes.py')
    path.write_text('_base_ = [' + repr(
        reldistill_mm.config_path('downstream/finetune_miniworld_10pct.py')) +
                    ']\n')
    options = {}
    for loader, split in (('train', 'train'), ('val', 'test'), ('test',
                                                                'test')):
        dataset = f'{loader}_dataloader.dataset'
        options[f'{dataset}.data_root'] = str(world)
        options[f'{dataset}.ann_file'] = f'{split}.pkl'
        options[f'{dataset}.data_prefix.pts_semantic_mask'] = 'lidarseg'
    return dict(
        checkpoints=dict(rel=str(distilled), random=''),
        protocols=[path],
        seeds=[0, 1],
        out=tmp_path / 'out',
        options=options,
        subsets=2,
        seeds_per_subset=1,
        sweep=SMALL._replace(ann_file='choose.pkl'))


@pytest.fixture
def calls(monkeypatch):
    """Trials whose mIoU is their rate, and longer ones for a random start."""
    found = []

    def trained(tool, config, _, work_dir, log, threads):
        cfg = Config.fromfile(config)
        rate = cfg.optim_wrapper.optimizer.lr
        pretrained = cfg.model.backbone.get('init_cfg') is not None
        found.append(('trial', pretrained, rate))
        path = Path(work_dir) / '20240101_000000/vis_data/scalars.json'
        path.parent.mkdir(parents=True)
        path.write_text('\n'.join(
            json.dumps(dict(miou=rate, step=n))
            for n in range(12 if pretrained else 20)))

    def train(config, work_dir, *flags, log, threads):
        found.append(('train', config))
        return work_dir / 'last.pth'

    monkeypatch.setattr(run_sweep, 'call_tool', trained)
    monkeypatch.setattr(execute, 'run_train', train)
    monkeypatch.setattr(execute, 'run_test',
                        lambda *_, **how: dict(miou=.5, classes=16.))
    return found


def test_rates_are_chosen_before_the_runs(study, calls):
    text = run_protocols(**study)
    assert '2 subsets' in text
    kinds = [call[0] for call in calls]
    # Two rates for each column, then two subsets for each.
    assert kinds == 4 * ['trial'] + 4 * ['train']
    written = json.loads((study['out'] / 'choices.json').read_text())
    assert written['lengths'] == dict(few_keyframes=40)
    assert {one['backbone'] for one in written['choices']} == {.1}
    assert written['rule'].startswith('learning rates of backbone and head')
    for call in calls[4:]:
        cfg = Config.fromfile(call[1])
        assert cfg.train_cfg.max_iters == 50
        assert cfg.optim_wrapper.optimizer.lr == .1
    # A second call does nothing; without one trial, that one alone.
    before = len(calls)
    assert run_protocols(**study) == text and len(calls) == before
    trials = sorted(study['out'].glob('rel/few_keyframes/trial-*'))
    assert len(trials) == 2
    (trials[0] / 'trial.json').unlink()
    assert run_protocols(**study) == text
    assert [call[0] for call in calls[before:]] == ['trial']


def test_scenes_that_are_reported_choose_nothing(study, calls):
    for ann_file, words in (('test.pkl', 'reported on'), ('train.pkl',
                                                          'trained on')):
        study['sweep'] = SMALL._replace(ann_file=ann_file)
        with pytest.raises(BadInput, match=f'{words} share .* scenes'):
            run_protocols(**study)
    assert calls == []


def test_the_hook_stops_at_a_flat_curve(mmdet3d_scope):
    said = []
    runner = SimpleNamespace(
        train_loop=SimpleNamespace(stop_training=False),
        logger=SimpleNamespace(log=lambda level, text: said.append(text)))
    hook = HOOKS.build(dict(type='StopWhenFlat'))
    for n in range(15):
        hook.after_val_epoch(runner, dict(miou=.05 * n))
    assert not runner.train_loop.stop_training
    # Flat, but for how many looks?
    for _ in range(9):
        hook.after_val_epoch(runner, dict(miou=.7))
    assert not runner.train_loop.stop_training
    for _ in range(8):
        hook.after_val_epoch(runner, dict(miou=.7))
    assert runner.train_loop.stop_training
    assert 'miou has converged after' in said[0]
