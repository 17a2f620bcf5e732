"""Which runs a study takes."""
import pytest
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.cli.table_columns import parse_columns
from reldistill_mm.experiments.plan import plan_runs, subset_name


def test_every_checkpoint_through_every_protocol(protocols, distilled):
    few, zero_shot = protocols
    runs = plan_runs(dict(random='', rel=str(distilled)), protocols, [3, 4])
    found = [(run.protocol, run.model, run.config.name, run.seed)
             for run in runs]
    assert found == [
        ('few', 'random', 'few.py', 3),
        ('few', 'random', 'few.py', 4),
        ('few', 'rel', 'few.py', 3),
        ('few', 'rel', 'few.py', 4),
        # Another untrained network each seed, but the same trained one.
        ('zero_shot', 'random', 'zero_shot.py', 3),
        ('zero_shot', 'random', 'zero_shot.py', 4),
        ('zero_shot', 'rel', 'zero_shot.py', 3),
    ]
    assert [run.checkpoint is None
            for run in runs] == [run.model == 'random' for run in runs]
    assert {run.start for run in runs} == {None, 'random'}
    assert len({run.folder for run in runs}) == len(runs)


def test_each_seed_with_its_own_pretraining(protocols, tmp_path):
    for seed in (0, 1):
        (tmp_path / f'seed{seed}.pth').write_bytes(b'')
    runs = plan_runs(
        dict(rel=str(tmp_path / 'seed{seed}.pth')), protocols, [0, 1])
    assert [run.checkpoint.name
            for run in runs] == 2 * ['seed0.pth', 'seed1.pth']


def test_what_is_not_there(protocols, distilled, tmp_path):
    checkpoints = dict(rel=str(distilled))
    with pytest.raises(FileNotFoundError, match='none.pth'):
        plan_runs(dict(rel='none.pth'), protocols, [0])
    with pytest.raises(FileNotFoundError, match='nothing.py'):
        plan_runs(checkpoints, [tmp_path / 'nothing.py'], [0])
    with pytest.raises(ValueError, match='these repeat'):
        plan_runs(checkpoints, [protocols[0], protocols[0]], [0])
    with pytest.raises(ValueError, match='twice'):
        plan_runs(checkpoints, protocols[:1], [0, 0])


@pytest.mark.parametrize('name, subset', [
    ('downstream/finetune_nus.py', 'all labels'),
    ('downstream/finetune_nus_1pct.py', 'scenes=every_100th_scene'),
    ('downstream/finetune_miniworld_5pct.py', 'keyframes=every_20th_keyframe'),
    ('reldistill_nus_slidr600.py', 'no label'),
])
def test_a_subset_has_a_name(name, subset):
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    assert subset_name(cfg) == subset


@pytest.mark.parametrize(
    'texts',
    [['rel'], ['random=a.pth'], ['a=1', 'a=2'], ['a/b=c.pth'], ['=c.pth']])
def test_checkpoints_that_cannot_be_told_apart(texts):
    with pytest.raises(ValueError, match='NAME=PATH'):
        parse_columns([], texts)


def test_starts_are_columns_too():
    assert parse_columns(['random', 'slow'], ['a=b.pth']) == dict(
        random='', slow='', a='b.pth')
    with pytest.raises(ValueError, match='each name once'):
        parse_columns(['random'], ['random'])
    with pytest.raises(ValueError, match='nothing to run'):
        parse_columns([], [])
