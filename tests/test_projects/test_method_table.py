"""The table of all methods: its rows, their configs, and what it resumes."""
import copy
import json
from pathlib import Path

import pytest
from method_table import study
from method_table.methods import Settings, method_config
from method_table.report import Row, table, to_markdown, with_scores
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.experiments import (choose_rates, kept, method_caches,
                                       train_and_test, train_once)
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.methods import (evaluation_config, find_methods,
                                               from_cache, has_words,
                                               training_config)
from reldistill_mm.experiments.run import RunsFailed

ROOT = Path(reldistill_mm.config_path('reldistill_miniworld.py')).parent


def settings(tmp_path, epochs=None):
    return Settings(tmp_path, {}, epochs, 1, 1)


def test_whatever_lies_among_the_baselines_is_a_row():
    found = find_methods({})
    wanted = {
        path.stem.removesuffix('_miniworld')
        for path in ROOT.glob('baselines/*_miniworld.py')
    }
    assert set(found) == wanted | {'relational'} and len(wanted) >= 8
    assert list(found)[0] == 'relational'
    own = find_methods(dict(mine=str(ROOT / 'reldistill_miniworld.py')))
    assert list(own)[-1] == 'mine'


@pytest.mark.parametrize('more, error, words', [
    (dict(slidr='a.py'), BadInput, "'slidr' is taken"),
    ({
        'a/b': 'a.py'
    }, BadInput, 'not a name for a row'),
    (dict(mine='no.py'), MissingInput, "'no.py' does not exist"),
])
def test_other_rows_are_refused(more, error, words):
    with pytest.raises(error, match=words):
        find_methods(more)


@pytest.mark.parametrize('name', find_methods({}))
def test_the_configs_of_every_method(name, tmp_path):
    path = find_methods({})[name]
    cfg = method_config(path, settings(tmp_path, 3))
    assert cfg.train_cfg.max_epochs == 3
    assert cfg.param_scheduler[0].get('total_steps', 3) == 3
    cache = tmp_path / 'cache' if from_cache(cfg) else None
    train = training_config(cfg, 7, cache)
    assert train.randomness.seed == 7
    kinds = [step.type for step in train.train_dataloader.dataset.pipeline]
    assert ('LoadCachedPairs' in kinds) == from_cache(cfg)
    test = evaluation_config(cfg)
    kinds = [step.type for step in test.test_dataloader.dataset.pipeline]
    assert 'PairPointsWithPixels' in kinds and 'SlicSuperpixels' not in kinds
    metrics = [metric.type for metric in test.test_evaluator]
    assert metrics == ['PointSegMetric'] * has_words(cfg) + ['StructureMetric']
    # Neither has changed what the other is made of.
    again = method_config(path, settings(tmp_path, 3))
    assert cfg.to_dict() == again.to_dict()


def leave_out(cfg, name):
    """Train without the step of this name."""
    dataset = cfg.train_dataloader.dataset
    kept = [each for each in dataset.pipeline if each.type != name]
    assert len(kept) == len(dataset.pipeline) - 1
    dataset.pipeline = kept


def test_a_pipeline_of_its_own_is_not_left_out(tmp_path):
    path = find_methods({})['relational']
    cfg = method_config(path, settings(tmp_path))
    assert from_cache(cfg)
    leave_out(cfg, 'RandomFlipCameras')
    assert not from_cache(cfg)


def test_methods_of_one_teacher_share_a_cache(tmp_path, monkeypatch):
    """Those without superpixels read the cache of one with."""
    calls = []
    monkeypatch.setattr(
        method_caches, 'call_tool', lambda *a, log=None: calls.append(a))
    names = ['relational', 'similarity', 'slidr', 'stslidr']
    configs = {
        name: method_config(find_methods({})[name], settings(tmp_path))
        for name in names
    }
    plan = method_caches.plan_caches(configs, tmp_path)
    assert not calls
    plan.fill(['slidr'])
    found = plan.folders
    assert len(set(found.values())) == len(calls) == 1
    written = Config.fromfile(calls[0][1])
    assert 'SlicSuperpixels' in [s.type for s in written.paired_pipeline]

    del configs['slidr'], configs['stslidr']
    configs['other'] = method_config(
        find_methods({})['relational'], settings(tmp_path))
    configs['other'].model.teacher.stride = 8
    configs['live'] = method_config(
        find_methods({})['relational'], settings(tmp_path))
    leave_out(configs['live'], 'RandomFlipCameras')
    calls.clear()
    plan = method_caches.plan_caches(configs, tmp_path)
    plan.fill(configs)
    found = plan.folders
    assert found['relational'] == found['similarity'] != found['other']
    assert found['live'] is None and len(calls) == 2


def test_one_cache_of_the_test_set_for_a_teacher(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(
        method_caches, 'call_tool', lambda *a, log=None: calls.append(a))
    configs = {
        name: method_config(find_methods({})[name], settings(tmp_path))
        for name in ('relational', 'slidr', 'openscene')
    }
    configs['other'] = copy.deepcopy(configs['relational'])
    configs['other'].model.teacher.stride = 8
    configs['old'] = copy.deepcopy(configs['relational'])
    configs['old'].pop('cached_paired_pipeline')
    plan = method_caches.plan_test_caches(configs, tmp_path)
    plan.fill(['old'])
    assert not calls
    plan.fill(configs)
    found = plan.folders
    assert len(calls) == 2 and all('val' in call for call in calls)
    assert found['old'] is None and found['other'] != found['relational']
    assert found['relational'] == found['slidr'] == found['openscene']
    for name in ('relational', 'slidr', 'openscene'):
        cfg = evaluation_config(configs[name], found[name])
        kinds = [s.type for s in cfg.test_dataloader.dataset.pipeline]
        assert 'LoadCachedPairs' in kinds and 'LoadCameraImages' not in kinds
        # What the check of a cache compares.
        assert 'SlicSuperpixels' not in [s.type for s in cfg.paired_pipeline]
        assert cfg.teacher_cache_root == str(found[name])


METRICS = dict(
    miou=0.5,
    uniformity=1.,
    teacher_uniformity=2.,
    tolerance=.5,
    teacher_tolerance=.6,
    modality_gap=.1,
    cka=.9)


@pytest.fixture
def fast(monkeypatch):
    """Stands for the tools; ``slidr`` with seed 1 fails once."""
    calls, luck = [], []

    def train(config, work_dir, log, threads):
        name, seed = work_dir.parts[-3:-1]
        calls.append(('train', name, seed))
        if (name, seed) == ('slidr', 'seed1') and not luck:
            luck.append(seed)
            raise RuntimeError('out of luck')
        scalars = work_dir / '20240101_000000/vis_data/scalars.json'
        scalars.parent.mkdir(parents=True)
        scalars.write_text(json.dumps(dict(step=1, loss=.5)))
        (work_dir / 'epoch_2.pth').write_text(f'{name} {seed}')
        return work_dir / 'epoch_2.pth'

    def test(config, checkpoint, folder, log, threads):
        name, seed = folder.parts[-3:-1]
        calls.append(('test', name, seed))
        extra = float(seed[-1]) / 100
        return dict(METRICS, miou=METRICS['miou'] + extra)

    def config(path, how):
        """As little as the study reads: whole ones take long to write."""
        words = None if path.stem == 'wordless' else dict(classes=['a'])
        data = dict(dataset=dict(pipeline=[]))
        return Config(
            dict(
                model=dict(teacher=dict(type='T'), zero_shot_head=words),
                train_dataloader=data,
                test_dataloader=data,
                paired_pipeline=[],
                optim_wrapper=dict(optimizer=dict(lr=.01)),
                # ppkt is contrastive under another name.
                loss='contrastive' if path.stem == 'ppkt' else path.stem,
                train_cfg=dict(max_epochs=how.epochs)))

    monkeypatch.setattr(kept, 'teacher_mark', lambda cfg: None)
    monkeypatch.setattr(study, 'method_config', config)
    monkeypatch.setattr(train_once, 'run_train', train)
    monkeypatch.setattr(train_and_test, 'run_test', test)
    for name in ('plan_caches', 'plan_test_caches'):
        monkeypatch.setattr(
            study, name, lambda configs, out: method_caches.CachePlan(
                dict.fromkeys(configs), {}, 'train'))
    monkeypatch.setattr(study, 'taught_once', lambda cfg, path: .6)
    return calls


def test_what_failed_is_run_again_and_nothing_else(fast, tmp_path):
    methods = {
        name: find_methods({})[name]
        for name in ('relational', 'slidr')
    }
    arguments = (methods, [0,
                           1], Path('probe.py'), False, settings(tmp_path, 2))
    with pytest.raises(RunsFailed, match='1 runs failed:\nslidr, seed 1: out'):
        study.run_study(*arguments)
    text = (tmp_path / 'table.md').read_text()
    assert '50.5 ± 0.7' in text and '| 1 | 50.0 |' in text
    fast.clear()
    text = study.run_study(*arguments)
    assert fast == [('train', 'slidr', 'seed1'), ('test', 'slidr', 'seed1')]
    assert text == (tmp_path / 'table.md').read_text()
    assert text.count('| 60.0 | 2 | 50.5 ± 0.7 |') == 2
    written = json.loads((tmp_path / 'results.json').read_text())
    assert len(written['records']) == 4
    assert written['methods']['slidr']['teacher_miou'] == .6
    # Another checkpoint is tested again.
    (tmp_path / 'slidr/seed0/train/epoch_2.pth').write_text('other')
    fast.clear()
    study.run_study(*arguments)
    assert fast == [('test', 'slidr', 'seed0')]
    with pytest.raises(RunsFailed, match='Choose another --out'):
        study.run_study(*arguments[:-1], settings(tmp_path, 3))


def test_each_method_is_run_once_at_its_own_rate(fast, tmp_path, monkeypatch):

    def choose(configs, search):
        assert [*configs] == ['contrastive', 'slidr']
        assert search.rates == (.1, .2) and search.epochs == 4
        return dict(
            contrastive=dict(learning_rate=.2, at_edge=True),
            slidr=dict(learning_rate=.1))

    monkeypatch.setattr(choose_rates, 'choose_rates', choose)
    methods = {
        name: Path(f'{name}.py')
        for name in ('contrastive', 'ppkt', 'slidr')
    }
    how = settings(tmp_path, 2)._replace(rates=(.1, .2))
    text = study.run_study(methods, [0], Path('probe.py'), False, how)
    assert [call[:2] for call in fast] == [('train', 'contrastive'),
                                           ('test', 'contrastive'),
                                           ('train', 'slidr'),
                                           ('test', 'slidr')]
    assert 'ppkt is contrastive on MiniWorld' in text
    assert 'contrastive 0.2 (end of the grid), slidr 0.1' in text
    assert text.count('| live | 60.0 | 1 | 50.0 |') == 3
    for name, rate in dict(contrastive=.2, slidr=.1).items():
        cfg = Config.fromfile(tmp_path / name / 'seed0/config.py')
        assert cfg.optim_wrapper.optimizer.lr == rate


def test_methods_without_words_are_probed(fast, tmp_path, monkeypatch):
    out = tmp_path / 'out'
    filled = []
    monkeypatch.setattr(method_caches.CachePlan, 'fill',
                        lambda plan, names: filled.extend(names))
    methods = {name: Path(f'{name}.py') for name in ('relational', 'wordless')}
    asked = []

    def protocols(checkpoints, configs, seeds, folder, *_):
        asked.append((checkpoints, seeds))
        for seed in seeds:
            figures = folder / f'wordless/probe/seed{seed}/figures.json'
            figures.parent.mkdir(parents=True)
            figures.write_text(json.dumps(dict(metrics=dict(miou=.25))))

    monkeypatch.setattr(study, 'run_protocols', protocols)
    probe = tmp_path / 'probe.py'
    Config(dict(model=dict(type='Probe'))).dump(probe)
    how = settings(
        out, 2)._replace(kept=Kept(tmp_path / 'kept.json', dict(out=out)))
    text = study.run_study(methods, [0, 1], probe, False, how)
    checkpoint = f'{out}/wordless/seed{{seed}}/train/epoch_2.pth'
    assert asked == [({'wordless': checkpoint}, [0, 1])]
    words, wordless = text.split('## Without words')
    assert 'probe' not in words.split('## With words')[1]
    assert '25.0 ± 0.0' in wordless and 'zero-shot' not in wordless
    # Elsewhere, with the results that were kept, nothing is run.
    assert {'relational', 'wordless'} == set(filled)
    for each in (fast, asked, filled):
        each.clear()
    there = tmp_path / 'there'
    how = settings(
        there, 2)._replace(kept=Kept(tmp_path / 'kept.json', dict(out=there)))
    again = study.run_study(methods, [0, 1], probe, False, how)
    assert again == text and not fast and not asked and not filled
    # A third seed is.
    study.run_study(methods, [0, 1, 2], probe, False, how)
    assert [call[2] for call in fast] == ['seed2'] * 4
    assert [seeds for _, seeds in asked] == [[2]]


def test_teacher_and_student_together_are_told_apart():
    found = with_scores(dict(miou=.7, miou_student=.5, miou_teacher=.6))
    assert (found['student'], found['ensemble']) == (.5, .7)
    assert with_scores(dict(miou=.5))['student'] == .5
    assert 'student' not in with_scores(dict(cka=.5))
    rows = dict(a=Row('T', True, True, .25), b=Row('T', True, False))
    records = [
        dict(method='a', seed=0, student=.5, ensemble=.7),
        dict(method='b', seed=0, student=.4)
    ]
    text = table(records, rows, list(rows), True)
    assert '| a | T | cached | 25.0 | 1 | 50.0 | 70.0 |' in text
    assert '| b | T | live | – | 1 | 40.0 | – |' in text
    assert 'with the teacher' not in to_markdown(records[1:],
                                                 dict(b=rows['b']), [])
