"""WhatDecides: its levels, its runs, and what it makes of made-up records."""
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from PIL import Image
from what_decides import caches, study
from what_decides.changes import Words, change_of, make_changed
from what_decides.configs import (Run, cache_config, evaluation_config,
                                  method_config, training_config)
from what_decides.cost import Meter, estimate, require_hours, run_seconds
from what_decides.factors import BOTH, RECIPE, Level, study_factors
from what_decides.gradients import gradient_norms, norms_table
from what_decides.leads import judged_change, judged_lead, lead_of
from what_decides.pictures import draw_leads, draw_levels
from what_decides.report import to_markdown

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.kept import Kept
from reldistill_mm.experiments.run import RunsFailed
from reldistill_mm.experiments.scene_file import SceneCounts, pack_scenes
from reldistill_mm.functional import PointPixelPairs, uniformity, unit_rows
from reldistill_mm.io.paths import config_path
from reldistill_mm.teacher_cache import (CachedPairs, Manifest, write_manifest,
                                         write_pairs)

ROOT = Path(__file__).resolve().parents[2]
FACTORS = study_factors(6)
LEVELS = {
    level.name: level
    for factor in FACTORS.values()
    for level in factor.levels
}


def command():
    """projects/WhatDecides/run.py, whose name another project has, too."""
    path = ROOT / 'projects/WhatDecides/run.py'
    spec = importlib.util.spec_from_file_location('what_decides_run', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_factor_holds_the_recipe_once():
    for name, factor in FACTORS.items():
        names = [level.name for level in factor.levels]
        assert names.count(RECIPE) == 1 and len(set(names)) == len(names), name
        # Names are those of folders.
        assert all(Path(each).name == each for each in names)
    assert {level.most_seeds for level in LEVELS.values()} == {None, 2}
    for epochs in (3, 6, 12):
        lengths = study_factors(epochs)['length'].levels
        assert [int(level.label)
                for level in lengths] == sorted({3, 12, 20, 60, epochs})


def test_each_run_is_planned_once():
    runs = study.plan(FACTORS, [4, 5, 6])
    folders = [run.folder for run in runs]
    assert len(set(folders)) == len(folders)
    seeds = {}
    for run in runs:
        seeds.setdefault((run.level.name, run.method), []).append(run.seed)
    assert seeds['recipe', 'similarity'] == [4, 5, 6]
    assert seeds['epochs_60', 'relational'] == [4, 5]
    assert ('intra_0', 'similarity') not in seeds
    # All of a seed before the next.
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)
    # Without the recipe nothing could be compared.
    runs = study.plan(dict(one=FACTORS['width']._replace(levels=())), [0])
    assert [run.level.name for run in runs] == [RECIPE] * 2


@pytest.fixture(scope='module')
def methods():
    return {name: method_config(name, {}) for name in BOTH}


@pytest.mark.parametrize('name', LEVELS)
def test_a_level_changes_what_it_says(name, methods, tmp_path, mmdet3d_scope):
    level, recipe = LEVELS[name], Level(RECIPE, '')
    cache = tmp_path / 'cache'
    found = {
        method:
        training_config(methods[method], Run(level, method, 7), cache, 0.02, 6)
        for method in level.methods
    }
    plain = training_config(methods['relational'], Run(recipe, 'relational',
                                                       7), cache, 0.02, 6)
    cfg = found['relational']
    frames = cfg.train_dataloader.batch_size
    assert cfg.train_cfg.max_epochs == (level.epochs or 6) * frames
    assert cfg.param_scheduler[0].total_steps == cfg.train_cfg.max_epochs
    step, = (
        each for each in cfg.train_dataloader.dataset.pipeline
        if each.type == 'LoadCachedPairs')
    assert step.num_pairs == (None if level.all_pairs else 2048 // frames)
    assert cfg.model.pair_sampler.count == 2048
    assert (cfg.randomness.seed, cfg.optim_wrapper.optimizer.lr) == (7, 0.02)
    unlike = name != RECIPE and level.change is None
    assert (cfg.to_dict() != plain.to_dict()) == unlike
    if len(found) == 2:
        one, other = (each.to_dict() for each in found.values())
        losses = [each['model']['distill_head'].pop('losses')
                  for each in (one, other)]  # yapf: disable
        assert one == other and losses[0] != losses[1]
    assert evaluation_config(cfg).to_dict() == cfg.to_dict()
    if level.options and not name.startswith('Even'):
        model = MODELS.build(cfg.model)
        first = next(part for part in model.projector.modules()
                     if isinstance(part, torch.nn.Linear))
        assert first.in_features == 2 * cfg.model.backbone.base_channels


def test_caches_of_wrong_pairs(methods):
    cfg = methods['relational']
    before = cfg.to_dict()

    def pairing(**cache):
        found = cache_config(cfg, Level('x', 'x', cache=cache))
        kinds = [step.type for step in found.paired_pipeline]
        place = kinds.index('PairPointsWithPixels')
        return found, kinds[place - 1], found.paired_pipeline[place]

    assert pairing()[2].occlusion == {}
    assert 'occlusion' not in pairing(occlusion=False)[2]
    assert pairing(degrees=0.5)[1] == 'TurnCalibration'
    assert pairing(stride=32)[0].model.teacher.stride == 32
    assert cfg.to_dict() == before
    with pytest.raises(BadInput, match='which is not known'):
        pairing(angle=1)


@pytest.fixture
def small_cache(tmp_path):
    """Words of three classes, and two keyframes of their neighbours."""
    torch.manual_seed(0)
    words = Words(unit_rows(torch.randn(6, 16)), [2, 2, 2])
    root = tmp_path / 'cache'
    root.mkdir()
    manifest = Manifest(dict(format=4, dims=None), 'command')
    write_manifest(root, manifest)
    for name, count in (('a', 90), ('b', 60)):
        near = words.weights[torch.randint(6, (count, ))]
        rows = unit_rows(near + 0.1 * torch.randn(count, 16))
        pairs = PointPixelPairs(
            np.arange(count), np.zeros(count, int),
            np.zeros((count, 2), np.float32), np.ones(count, np.float32))
        write_pairs(
            root / f'{name}.safetensors',
            CachedPairs(pairs,
                        rows.numpy().astype(np.float16), np.ones(count, bool)),
            manifest.key, name)
    return root, words


def test_the_teacher_is_moved_and_told_how(small_cache, tmp_path):
    root, words = small_cache

    def make(kind, amount):
        return make_changed(root, tmp_path / kind, kind, amount, words)

    cone = make('cone', 1.)
    assert cone['uniformity'] == pytest.approx(1, abs=0.01)
    assert cone['uniformity_before'] > 2 and cone['labels_kept'] == 1
    assert make('noise', 2.)['labels_kept'] < 0.9
    assert make('dimensions', 2)['uniformity'] < cone['uniformity_before']
    mixed = make('mixed', 0.5)
    assert 0.5 < mixed['labels_kept'] < 0.9
    # Again nothing is made.
    stamps = {
        p: p.stat().st_mtime_ns
        for p in (tmp_path / 'mixed').glob('*.safetensors')
    }
    assert make('mixed', 0.5) == mixed
    assert all(p.stat().st_mtime_ns == t for p, t in stamps.items())
    with pytest.raises(BadInput, match="'none'"):
        change_of('none', 1, torch.eye(3), words)
    assert float(uniformity(words.weights)) > 0


def test_cost_is_bounded(tmp_path):
    runs = study.plan(FACTORS, [0, 1, 2])
    hours = estimate(runs, 6, 80, 20, 5, [3] * 4)
    require_hours(hours, 6)
    with pytest.raises(BadInput, match='more than --most-hours 1'):
        require_hours(hours, 1)
    one, eight = (
        run_seconds(Run(level, 'relational', 0), 6, 80, 20)
        for level in (LEVELS[RECIPE], LEVELS['frames_8']))
    assert 4 < eight / one < 8
    meter = Meter(tmp_path)
    first = meter.stop()
    assert Meter(tmp_path).stop() >= first >= 0


@pytest.fixture
def records():
    """Relational is ahead by a point, and by three with wrong pairs."""
    found = []
    for seed in (0, 1, 2):
        for level in LEVELS.values():
            for method in level.methods:
                ahead = 0.03 if level.name == 'mixed_0.3' else 0.01
                miou = 0.5 + 0.01 * seed + ahead * (method == 'relational')
                found.append(
                    dict(
                        level=level.name,
                        method=method,
                        seed=seed,
                        miou=miou + 0.001 * (seed == 1) *
                        (method == 'relational')))
    return found


def test_leads_are_paired_by_seed(records):
    lead = lead_of(records, LEVELS['mixed_0.3'])
    assert lead == pytest.approx({0: .03, 1: .031, 2: .03})
    assert judged_lead(records, LEVELS['mixed_0.3']).verdict == 'holds'
    change = judged_change(records, FACTORS['pairs'], LEVELS['mixed_0.3'])
    assert change.mean == pytest.approx(0.02)
    # A weight is held against the recipe's similarity.
    assert lead_of(records, LEVELS['intra_0'])[0] == pytest.approx(0.01)
    assert lead_of(records[:1], LEVELS['intra_0']) == {}


def test_scenes_widen_a_lead(records):
    """Relational is ahead in one half of the scenes and behind in the other.
    """
    rng = np.random.default_rng(0)

    def with_scenes(record):
        right = np.array([.9, .3] if record['method'] ==
                         'relational' else [.3, .8])
        counts = [(np.eye(2) * 100 * share + rng.integers(9, 12,
                                                          (2, 2))).astype(int)
                  for share in right for _ in range(4)]
        return dict(
            record,
            scenes=pack_scenes(
                SceneCounts([f's{n}' for n in range(8)], np.array(counts))))

    level = LEVELS['mixed_0.3']
    alone = judged_lead(records, level)
    found = judged_lead([with_scenes(record) for record in records], level)
    assert found.seeds == alone.seeds == 3
    assert found.low < 0 < found.high and found.verdict == 'not settled'
    assert found.high - found.low > 5 * (alone.high - alone.low)
    # A weight is held against the recipe's similarity here, too.
    other = judged_lead([with_scenes(record) for record in records],
                        LEVELS['intra_0'])
    assert other.seeds == 3


def test_page_and_pictures(records, tmp_path):
    facts = dict(
        cone_1_5=dict(),
        **{
            'cone_1.5':
            dict(uniformity_before=2.54, uniformity=1.5, labels_kept=1.)
        })
    text = to_markdown(FACTORS, records, facts, ['a note'])
    assert '| 30 % wrong | 3 | 54.0 ± 1.0 | 51.0 ± 1.0 | +3.0 [' in text
    assert '| 1.5 | 2.54 | 1.50 | 100.0 % |' in text
    for draw in (draw_leads, draw_levels):
        for chosen in (FACTORS, dict(pairs=FACTORS['pairs'])):
            draw(chosen, records, tmp_path / 'a.png')
            assert min(Image.open(tmp_path / 'a.png').size) > 200
    # Nothing has run yet.
    assert '| 0 |' in to_markdown(FACTORS, [], {}, [])
    draw_leads(FACTORS, [], tmp_path / 'a.png')


@pytest.fixture
def fast(monkeypatch):
    """Stands for training and test; ``noise_1`` fails once."""
    calls, luck = [], []

    def run(folder, train, test, threads):
        calls.append(folder.parts[-3:])
        if 'noise_1' in folder.parts and not luck:
            luck.append(folder)
            raise RuntimeError('out of luck')
        folder.mkdir(parents=True, exist_ok=True)
        (folder / 'test.json').touch()
        return dict(miou=0.5)

    monkeypatch.setattr(study, 'train_and_test', run)
    monkeypatch.setattr(study, '_count', lambda dataset: 20)
    monkeypatch.setattr(caches, '_teach',
                        lambda level, cfg, folder: calls.append('taught'))
    monkeypatch.setattr(caches, 'words_of', lambda cfg: None)
    monkeypatch.setattr(
        caches, 'make_changed', lambda *args: dict(
            uniformity_before=2., uniformity=1., labels_kept=1.))
    return calls


def test_what_failed_is_run_again(fast, tmp_path):
    how = study.Settings(tmp_path, {}, 1, [0.01], 1, 2, 1, 6.)
    factors = dict(noise=FACTORS['noise'])
    with pytest.raises(RunsFailed, match='1 of 4 runs failed'):
        study.run_study(factors, [0], how)
    assert (tmp_path / 'leads.png').is_file()
    text = study.run_study(factors, [0], how)
    assert text == (tmp_path / 'results.md').read_text()
    results = json.loads((tmp_path / 'results.json').read_text())
    assert len(results['records']) == 4
    assert set(results['teachers']) == {'noise_1'}
    with pytest.raises(BadInput, match='core hours'):
        study.run_study(factors, [1], how._replace(most_hours=0.001))


def test_what_is_kept_is_not_run_elsewhere(fast, tmp_path):
    factors = dict(noise=FACTORS['noise'])

    def run(name):
        out = tmp_path / name
        kept = Kept(tmp_path / 'kept.json', dict(out=out))
        how = study.Settings(out, {}, 1, [0.01], 1, 2, 1, 6., kept)
        return study.run_study(factors, [0], how)

    with pytest.raises(RunsFailed):
        run('here')
    run('here')
    assert len(fast) - fast.count('taught') == 5
    fast.clear()
    assert 'noise' in run('there').lower() and fast == []
    records = [
        json.loads((tmp_path / name / 'results.json').read_text())['records']
        for name in ('here', 'there')
    ]
    assert records[0] == records[1] and len(records[0]) == 4


@pytest.mark.parametrize('arguments, words', [
    (['--seeds', '0', '0'], 'each once'),
    (['--epochs', '0'], '--epochs must be at least 1'),
    (['--tuning-epochs', '0'], '--tuning-epochs must be at least 1'),
    (['--learning-rates'], 'needs one at least'),
    (['--quick', '--factors', 'width'], '--quick knows'),
])
def test_wrong_arguments_are_refused(arguments, words, tmp_path, monkeypatch):
    run = command()
    monkeypatch.setattr(run, 'study_world', lambda data: {})
    args = run.parse_args([*arguments, '--out', str(tmp_path / 'out')])
    with pytest.raises(BadInput, match=words):
        run.run(args)


def test_quick_in_small(keyframes, tiny_clip, clip_weights, tmp_path,
                        monkeypatch):
    """Two losses at two levels, by the tools, on two keyframes."""
    from small_options import make_options
    run = command()
    monkeypatch.setattr(run, 'study_world', lambda data: {})
    args = run.parse_args(
        ['--quick', '--factors', 'noise', '--out',
         str(tmp_path / 'out')])
    args.cfg_options = make_options(str(keyframes), 'infos.pkl', tiny_clip)
    args.cfg_options['model.teacher.pretrained'] = clip_weights
    args.cfg_options['model.teacher.stride'] = None
    text = run.run(args)
    assert '| 1 | 1 |' in text and 'core hours' in text
    results = json.loads((tmp_path / 'out/results.json').read_text())
    assert {(each['level'], each['method'])
            for each in results['records']} == {(level, method)
                                                for level in (RECIPE,
                                                              'noise_1')
                                                for method in BOTH}
    assert (tmp_path / 'out/leads.png').is_file()


def test_gradients_of_two_losses(small_options, mmdet3d_scope):
    found = {}
    for name, loss in (('one', 'SimilarityLoss'), ('twice', None)):
        cfg = Config.fromfile(config_path('reldistill_miniworld.py'))
        cfg.merge_from_dict(small_options)
        losses = [dict(type='SimilarityLoss',
                       loss_weight=1. if loss else 2.)]  # yapf: disable
        cfg.model.distill_head.losses = losses
        found[name] = gradient_norms(cfg, 2)
    one, twice = found.values()
    assert twice.weights == pytest.approx(2 * one.weights, rel=1e-4)
    # The gradient of 1 - k q is -q: of length 1.
    assert one.row == pytest.approx(1, rel=1e-3)
    assert '| 2.00 |' in norms_table(found, list(found))
