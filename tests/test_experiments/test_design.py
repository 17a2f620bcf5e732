"""Subsets that share nothing, and seeds spread over them."""
from pathlib import Path

import pytest
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.datasets.splits import select_keyframes
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.design import other_subsets, pair_up
from reldistill_mm.experiments.execute import run_config
from reldistill_mm.experiments.plan import plan_runs
from reldistill_mm.experiments.table import summarise_runs
from reldistill_mm.experiments.variance import split_variance


@pytest.mark.parametrize('step, count', [(80, 8), (20, 8), (10, 10), (4, 4),
                                         (7, 3)])
def test_subsets_share_nothing(step, count):
    names = other_subsets(f'every_{step}th_keyframe', count)
    places = [set(select_keyframes(80, name)) for name in names]
    assert len(names) == count
    assert sum(map(len, places)) == len(set.union(*places))


def test_one_per_cent_is_of_every_scene_and_time():
    """Ten keyframes a scene: scene 0 at 0, scene 1 at 1, ..."""
    starts = [
        select_keyframes(80, name)[0]
        for name in other_subsets('every_80th_keyframe', 8)
    ]
    assert starts == [0, 11, 22, 33, 44, 55, 66, 77]


@pytest.mark.parametrize('seeds, per_subset', [(5, 2), (4, 2), (3, 2), (2, 1),
                                               (1, 2), (5, 9)])
def test_every_subset_is_seen_by_as_many_seeds(seeds, per_subset):
    subsets = [f's{k}' for k in range(8)]
    cells = pair_up(range(seeds), subsets, per_subset)
    wanted = min(seeds, per_subset)
    assert len(set(cells)) == len(cells) == 8 * wanted
    assert [len([c for c in cells if c[1] == name])
            for name in subsets] == 8 * [wanted]
    assert len({seed for seed, _ in cells}) == seeds
    if seeds == 5 and wanted == 2:
        # Connected: both variances and a rest can be told apart.
        found = split_variance(range(16), *zip(*cells))
        assert found.free == dict(rest=4, seed=4, subset=7)


def test_runs_of_several_subsets(distilled, tmp_path):
    name = 'downstream/finetune_miniworld_1pct.py'
    config = reldistill_mm.config_path(name)
    runs = plan_runs(dict(a=str(distilled)), [Path(config)], [3, 4], 4, 1)
    assert len({run.folder for run in runs}) == len(runs) == 4
    assert {run.seed for run in runs} == {3, 4}
    cfg = run_config(runs[-1], {})
    assert cfg.train_dataloader.dataset.keyframes == runs[-1].keyframes
    assert runs[-1].folder.name.endswith('-from' +
                                         runs[-1].keyframes.split('_')[-1])
    # Protocols on all labels have no subsets.
    plain = reldistill_mm.config_path('downstream/finetune_miniworld.py')
    runs = plan_runs(dict(a=str(distilled)), [Path(plain)], [3, 4], 4, 1)
    assert [run.keyframes for run in runs] == [None, None]
    assert Config.fromfile(plain).train_dataloader.dataset.keyframes is None


def test_a_row_of_several_subsets():
    run = dict(
        protocol='p',
        model='m',
        commit='c',
        seed=0,
        metrics=dict(miou=.5, classes=3))
    rows = summarise_runs([
        dict(run, subset=f'keyframes=every_80th_keyframe_from_{k}')
        for k in (0, 11)
    ])
    assert rows[0]['subset'] == 'keyframes=every_80th_keyframe, 2 subsets'


def test_what_cannot_be_planned(distilled):
    with pytest.raises(BadInput, match='take 1 to 4'):
        other_subsets('every_4th_keyframe', 5)
    with pytest.raises(BadInput, match='takes protocols on every n-th'):
        other_subsets('every_100th_scene', 2)
    config = reldistill_mm.config_path('downstream/finetune_miniworld_1pct.py')
    with pytest.raises(BadInput, match='are positive, not 0 and 2'):
        plan_runs(dict(a=str(distilled)), [Path(config)], [0], 0)
