"""The study of the large world: what it runs, and every part of it, small."""
import json
from pathlib import Path

import pytest
from downstream_study import study
from downstream_study.cost import Cost, estimate
from downstream_study.sizes import QUICK, WHOLE
from mmengine.config import Config

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.experiments.design import other_subsets, pair_up
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.method_caches import CachePlan
from reldistill_mm.experiments.methods import find_methods
from reldistill_mm.experiments.sweep import trial_rates
from reldistill_mm.experiments.variance import split_variance

OPTIONS = {'train_dataloader.dataset.data_root': 'data/large/'}


def test_the_whole_study_is_as_promised():
    train, val, choose = WHOLE.world['scenes']
    assert val >= 10 and choose >= 4 and WHOLE.world['seed'] != 0
    assert len(WHOLE.seeds) >= 5 and WHOLE.subsets >= 8
    names = other_subsets('every_80th_keyframe', WHOLE.subsets)
    cells = pair_up(WHOLE.seeds, names, WHOLE.seeds_per_subset)
    found = split_variance(range(len(cells)), *zip(*cells))
    assert min(found.free.values()) >= 4
    assert sum(estimate(WHOLE).values()) <= 6.5
    assert sum(estimate(WHOLE, students=False).values()) <= 5.5
    # On two cores that do nothing else.
    assert sum(estimate(QUICK).values()) <= 2 * 10 / 60
    for size in (WHOLE, QUICK):
        assert trial_rates(size.sweep)
        assert set(size.methods) <= set(find_methods({}))


def test_what_is_run(tmp_path, monkeypatch):
    """World, teacher, students, protocols, and the random start with them."""
    seen, parts = [], []

    def once(cfg, folder, threads):
        parts.append(folder.relative_to(tmp_path).as_posix())
        data = cfg.train_dataloader.dataset
        assert data.data_root == 'data/large/'
        assert data.pipeline == cfg.cached_pipeline
        assert cfg.randomness.seed == int(folder.name[-1])
        # No val scene is looked at.
        assert cfg.train_cfg.val_begin > 10**6
        return dict(checkpoint='epoch_1.pth')

    def caches(configs, out):
        parts.append('cache')
        return CachePlan(dict.fromkeys(configs, out / 'one'), {}, 'train')

    def rates(configs, caches, how):
        assert how.rates == WHOLE.rates and [*caches] == [*configs]
        parts.append('rates')
        return 'rates as they are'

    monkeypatch.setattr(study, 'prepare_data', lambda data, **how: None)
    monkeypatch.setattr(study, 'data_options', lambda data: OPTIONS)
    monkeypatch.setattr(study, 'plan_caches', caches)
    monkeypatch.setattr(study, 'set_own_rates', rates)
    monkeypatch.setattr(study, 'train_once', once)
    monkeypatch.setattr(
        study, 'run_protocols', lambda *args, **how: seen.append(
            (args, how)) or 'TABLE')
    text = study.run_study(WHOLE, tmp_path / 'data', tmp_path, 2, Kept())
    assert text.startswith('TABLE\nStudents: rates as they are.\n\nCost: ')
    assert (tmp_path / 'results.md').read_text() == text
    assert parts[:2] == ['cache', 'rates'] and len(parts) == 2 + 2 * 5
    assert 'students/similarity/seed4' in parts
    (columns, protocols, seeds, _, options, *_, compare), _ = seen[0]
    assert list(columns) == ['relational', 'similarity', 'random']
    assert columns['similarity'].endswith('seed{seed}/train/epoch_1.pth')
    assert [path.stem for path in protocols] == [
        'reldistill_miniworld', 'linear_probe_miniworld',
        'linear_probe_miniworld_balanced', 'finetune_miniworld_1pct',
        'finetune_miniworld_5pct'
    ]
    assert all(Config.fromfile(path) for path in protocols)
    assert seeds == [0, 1, 2, 3, 4]
    assert compare == [('relational', 'similarity'), ('relational', 'random')]
    assert options == {**OPTIONS, 'train_dataloader.batch_size': 1}
    with pytest.raises(BadInput, match='--jobs must be positive'):
        study.run_study(WHOLE, tmp_path, tmp_path, 0, Kept())


@pytest.fixture
def a_table(tmp_path):
    """Runs of MethodTable: two seeds of one method, under two names."""
    for seed in (0, 1):
        run = tmp_path / f'table/relational/seed{seed}'
        run.mkdir(parents=True)
        (run / 'trained.json').write_text('{"checkpoint": "epoch_3.pth"}')
        (run / 'config.py').write_text(
            f"train_dataloader = dict(dataset=dict(data_root='{tmp_path}/d'))")
    path = tmp_path / 'table/results.json'
    names = ('relational', 'twin')
    path.write_text(
        json.dumps(
            dict(methods={n: dict(same_as='relational')
                          for n in names})))
    return path


def test_the_students_of_a_table(tmp_path, a_table, monkeypatch):
    seen = []
    monkeypatch.setattr(study, 'prepare_data', lambda data, **how: None)
    monkeypatch.setattr(study, 'data_options', lambda data: OPTIONS)
    monkeypatch.setattr(study, 'train_once', None)
    monkeypatch.setattr(study, 'run_protocols',
                        lambda columns, *args: seen.append(columns) or 'TABLE')
    size = WHOLE._replace(methods=('relational', 'twin'), seeds=(0, 1))
    assert 'students' not in estimate(size, students=False)

    def run(size, data='d'):
        return study.run_study(size, tmp_path / data, tmp_path / 'out', 2,
                               Kept(), a_table)

    assert f"Students: those of '{a_table}'." in run(size)
    assert seen[0]['twin'] == str(
        tmp_path / 'table/relational/seed{seed}/train/epoch_3.pth')
    with pytest.raises(MissingInput, match="no row 'slidr'.*relational"):
        run(size._replace(methods=('slidr', )))
    with pytest.raises(MissingInput, match='no finished training.*seed2'):
        run(size._replace(seeds=(0, 2)))
    with pytest.raises(BadInput, match='learned from'):
        run(size, 'other')
    assert len(seen) == 1


def test_costs_add_up_over_calls(tmp_path):
    path = tmp_path / 'cost.json'
    with Cost(path).of('world'):
        sum(range(10**6))
    first = json.loads(path.read_text())['world']
    assert first > 0
    with pytest.raises(RuntimeError), Cost(path).of('world'):
        sum(range(10**6))
        raise RuntimeError
    assert json.loads(path.read_text())['world'] > first
    assert Cost(path).line().startswith('Cost: 0.00 core hours (world 0.00)')


@pytest.mark.slow
def test_every_part_by_the_real_tools(tmp_path):
    """One loss, one seed, two labelled keyframes of eight."""
    size = QUICK._replace(
        methods=('relational', ),
        seeds=(0, ),
        protocols=('finetune_miniworld_25pct', ))
    text = study.run_study(size, tmp_path / 'world', tmp_path / 'out', 2,
                           Kept())
    assert 'finetune_miniworld_25pct: relational above random' in text
    assert 'not settled' in text and 'Cost: ' in text
    kept = Path(tmp_path, 'out/protocols').rglob('scenes.json')
    for path in kept:
        assert len(json.loads(path.read_text())['scenes']) == 2
    # A second call has nothing to do.
    before = {
        path: path.stat().st_mtime_ns
        for path in tmp_path.rglob('*.pth')
    }
    again = study.run_study(size, tmp_path / 'world', tmp_path / 'out', 2,
                            Kept())
    assert again.partition('Cost')[0] == text.partition('Cost')[0]
    assert before == {path: path.stat().st_mtime_ns for path in before}
