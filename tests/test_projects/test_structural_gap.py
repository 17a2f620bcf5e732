"""StructuralGap: its runs, and what it makes of made-up records."""
import argparse
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from method_table.taught_pairs import commonest, taught_once
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from PIL import Image
from structural_gap import classes, features, pictures, study
from structural_gap.claims import judge_claims, paired, scene_runs
from structural_gap.classes import (ClassStudy, Pairs, class_leads,
                                    class_properties, classes_section)
from structural_gap.correlations import by_family, correlate, correlate_given
from structural_gap.evaluation import collect, is_few_shot, structure_config
from structural_gap.methods import (COLOURS, GAPS, TAUGHT, colours_of,
                                    family_of, with_gaps)
from structural_gap.report import to_markdown
from structural_gap.table_runs import missing_runs, read_contrasts

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.experiments import Finding, rank_correlation, write_json
from reldistill_mm.experiments.scene_file import SceneCounts, pack_scenes
from reldistill_mm.io.paths import config_path
from reldistill_mm.teacher_cache import Manifest
from reldistill_mm.teacher_cache.build import build_cache
from reldistill_mm.teacher_cache.cache_key import cache_identity

PROBE = 'finetune_miniworld_10pct'
# How far from the teacher a method is, as the paper has it.
SIDE = dict(
    contrastive=0.5,
    similarity=-0.3,
    relational=-0.1,
    relational_cross=-0.15,
    relational_intra=-0.12)


def record(method, seed):
    side = SIDE[method] * (1 + 0.02 * seed)
    return dict(
        method=method,
        seed=seed,
        **with_gaps(
            dict(
                uniformity=1.5 + side,
                teacher_uniformity=1.5,
                tolerance=0.7 - side,
                teacher_tolerance=0.7,
                modality_gap=abs(side),
                cka=1 - abs(side),
                miou=0.5 - abs(side) / 2)),
        **{
            PROBE: 0.6 - abs(side) / 2,
            'far': 0.3 - abs(side) / 3
        })


@pytest.fixture
def records():
    return [record(*key) for key in product(SIDE, range(3))]


def test_what_the_paper_claims_holds_for_its_own_figures(records):
    claims = judge_claims(records, inside=[PROBE], outside=['far'])
    assert [claim.number for claim in claims] == [1, 2, 3, 4, 5, 6]
    # Five methods have too few orders to settle nine correlations.
    assert [
        claim.verdict for claim in claims
    ] == ['holds', 'holds', 'not settled', 'holds', 'holds'] + ['not settled']
    assert [len(claim.parts) for claim in claims] == [4, 6, 9, 2, 2, 0]
    best = claims[3].parts[1]
    assert best.mean == pytest.approx(0.1, rel=0.05)
    assert best.low < best.mean < best.high


@pytest.mark.parametrize('number, change', [
    (1, dict(contrastive=('uniformity', 1.2))),
    (2, dict(relational=('modality_gap', 0.9))),
    (4, dict(similarity=('miou', 0.9))),
    (5, dict(similarity=(PROBE, 0.9))),
])
def test_a_claim_that_fails_is_said_to_fail(records, number, change):
    (method, (figure, value)), = change.items()
    for run in records:
        if run['method'] == method:
            run[figure] = value + 0.001 * run['seed']
    claims = judge_claims(records, inside=[PROBE])
    assert claims[number - 1].verdict == 'fails'


@pytest.mark.parametrize('sign, verdict', [(1, 'fails'), (-1, 'holds')])
def test_a_correlation_over_ten_methods_is_settled(sign, verdict):
    records = [{
        **record('relational', seed),
        **dict.fromkeys(GAPS, place + .01 * seed), 'method': f'm{place}',
        'miou': sign * place
    } for place, seed in product(range(10), range(3))]
    parts = judge_claims(records)[2].parts
    assert [part.verdict for part in parts[:3]] == 3 * [verdict]
    assert parts[3].verdict == 'not settled'


def test_one_odd_method_unsettles_a_correlation(records):
    """However many seeds it has: methods are what is resampled."""
    for run in records:
        if run['method'] == 'contrastive':
            run['miou'] = 0.9
    parts = judge_claims(records)[2].parts[:3]
    assert [part.verdict for part in parts] == 3 * ['not settled']
    assert [part.seeds for part in parts] == 3 * [15]


def test_a_run_without_a_figure_does_not_stop_the_report(records):
    records[0]['miou'], records[4]['modality_gap'] = float('nan'), None
    claims = judge_claims(records, [PROBE])
    assert [part.seeds for part in claims[2].parts[::2]] == [14, 14, 13]
    text = to_markdown(records, claims, [PROBE], [])
    assert 'n = 13 runs of 5 methods (2 without a figure left out)' in text


@pytest.mark.parametrize('name, few', [
    ('linear_probe_miniworld', False),
    ('finetune_miniworld', False),
    ('finetune_miniworld_10pct', True),
    ('finetune_othertown_1scan', True),
    ('finetune_nus_1pct', True),
])
def test_few_shot_is_fine_tuning_on_a_part_of_the_labels(name, few):
    config = Path(config_path(f'downstream/{name}.py'))
    assert is_few_shot(config) == few


@pytest.mark.parametrize('side', ['inside', 'outside'])
def test_half_a_claim_does_not_hold(records, side):
    """Claim 5 is of the same world and of another one."""
    assert judge_claims(records)[2].verdict == 'not settled'
    claim = judge_claims(records, **{side: [PROBE]})[4]
    assert sorted(part.verdict
                  for part in claim.parts) == ['holds', 'not settled']
    assert claim.verdict == 'not settled'


def test_one_seed_settles_nothing_about_means(records):
    claims = judge_claims([r for r in records if r['seed'] == 0], [PROBE])
    assert [claims[i].verdict for i in (0, 1, 3, 4)] == 4 * ['not settled']


def test_other_methods_are_correlated_and_not_judged(records):
    for run in records:
        run['method'] = 'mine_' + run['method']
    claims = judge_claims(records, [PROBE])
    assert claims[3].verdict == 'not settled'
    assert {part.mean for part in claims[2].parts} == {1}
    found = correlate(records, ['miou'], without=['mine_contrastive'])
    assert {value.runs for value in found.values()} == {12}


def test_pairs_take_the_seeds_that_both_have(records):
    records = [r for r in records if (r['method'], r['seed']) !=
               ('similarity', 1)]  # yapf: disable
    margins = paired(records, ('relational', 'miou'), ('similarity', 'miou'))
    assert margins == pytest.approx([0.1, 0.104])


def with_scenes(records, lead, spread):
    """Ten scenes; relational leads in all, or in some and loses in others."""
    for run in records:
        ours = run['method'] == 'relational'
        right = [
            50 + run['seed'] + ours * (lead + spread * (-1)**scene)
            for scene in range(10)
        ]
        counts = np.array([[[n, 100 - n], [0, 100]] for n in right])
        names = [f'scene {n}' for n in range(10)]
        run['scenes'] = pack_scenes(SceneCounts(names, counts))
    return records


def test_zero_shot_is_compared_over_scenes_too(records):
    text = 'zero-shot mIoU: relational above similarity'
    for spread, verdict in ((0, 'holds'), (30, 'not settled')):
        part = judge_claims(with_scenes(records, 5, spread))[3].parts[1]
        assert (part.text, part.verdict) == (text, verdict)
        assert part.seeds == 3 and part.mean > 0
    # Without the scenes of one, all are compared over seeds alone.
    del records[0]['scenes']
    assert scene_runs(records, 'relational', 'similarity')
    assert not scene_runs(records, records[0]['method'], 'relational')
    other = next(r for r in records if r['method'] == 'similarity')
    other['scenes'] = dict(other['scenes'], names=[*'abcdefghij'])
    with pytest.raises(BadInput, match='other scenes'):
        judge_claims(records)


def test_methods_of_one_kind_are_one_point(records):
    found = by_family(records)
    assert {r['method']
            for r in found} == {'relational', 'contrastive', 'similarity'}
    ours = [r for r in records if r['method'].startswith('relational')]
    assert found[0]['miou'] == pytest.approx(
        sum(r['miou'] for r in records
            if r['seed'] == 0 and family_of(r['method']) == found[0]['method'])
        / sum(r['seed'] == 0 and family_of(r['method']) == found[0]['method']
              for r in records))
    assert len(ours) == 9 and len(found) == 9
    text = to_markdown(records, judge_claims(records), [], [])
    assert 'Over the kinds:' in text and '9 runs of 3 kinds of loss' in text


def test_runs_that_are_missing_are_said():
    table = dict(
        seeds=[0, 1],
        methods=dict(a={}, b={}),
        records=[dict(method='a', seed=0),
                 dict(method='b', seed=1)])
    note, = missing_runs(table)
    assert note.startswith('2 runs of the table are missing')
    assert note.endswith('a with seed 1, b with seed 0')
    assert missing_runs(dict(table, seeds=[])) == []


def test_toy_study_is_the_sixth_claim(records):
    part = dict(
        text='x',
        mean=.1,
        spread=None,
        low=.05,
        high=.2,
        seeds=3,
        verdict='holds')
    claims = judge_claims(records, toy=dict(findings=dict(one=[part] * 2)))
    assert claims[5].verdict == 'holds' and len(claims[5].parts) == 2


def test_few_shot_of_another_study(records, tmp_path):
    path = tmp_path / 'contrasts.json'
    found = [
        Finding(f'{protocol}: relational above {other}', .02, .01, low, .05, 5,
                'holds', .01)
        for protocol in ('finetune_miniworld_1pct', 'linear_probe_miniworld')
        for other, low in (('similarity', .01), ('random', float('nan')))
    ]
    write_json(path, [dict(each._asdict(), errors={}) for each in found])
    claims = judge_claims(records, fine_tuned=read_contrasts(path))
    assert claims[4].parts[0] == found[0]._replace(
        text='finetune_miniworld_1pct mIoU: relational above similarity')
    assert len(claims[4].parts) == 2
    # Nobody has looked at another world.
    assert claims[4].verdict == 'not settled'
    assert read_contrasts(None) == []
    with pytest.raises(MissingInput, match='does not exist'):
        read_contrasts(tmp_path / 'nothing.json')
    write_json(path, [dict(mean=1)])
    with pytest.raises(BadInput, match='holds no comparisons'):
        read_contrasts(path)
    # What --quick compares.
    quick = found[0]._replace(
        text='finetune_miniworld_25pct: relational above similarity')
    write_json(path, [dict(quick._asdict(), errors={})])
    with pytest.raises(BadInput, match='with 1 or 5 % of the labels'):
        read_contrasts(path)


def test_page(records):
    claims = judge_claims(records, [PROBE])
    text = to_markdown(records, claims, [PROBE], ['a note'])
    rows = {
        line.split('|')[1].strip(): [c.strip() for c in line.split('|')[2:-1]]
        for line in text.splitlines() if line.startswith('| ')
    }
    assert rows['teacher'][:3] == ['', '1.500', '0.700'] or \
        rows['teacher'][1].startswith('1.500')
    assert rows['relational'][0] == '3'
    assert rows['relational'][-1] == '54.9 ± 0.1'
    assert 'points' in text and 'not run' in text
    assert 'Without `relational_intra`' in text


def test_colours_are_each_a_methods_own():
    colours = colours_of(['relational', 'slidr', 'openscene'])
    assert len(set(colours.values())) == len(COLOURS) + 2


@pytest.fixture
def method_table(records, tmp_path):
    """What MethodTable writes, of methods with words and of others."""
    about = dict(teacher='T', words=True, cached=True, teacher_miou=0.5)
    methods = {name: dict(about, same_as=name) for name in SIDE}
    methods['ppkt'] = dict(about, same_as='contrastive')
    methods['scalr'] = dict(
        about, same_as='scalr', words=False, teacher_miou=None)
    runs = [{
        **run, 'probe': 0.5 + run['seed'] / 100
    } for run in records] + [
        dict(method=name, seed=0, cka=0.5) for name in ('ppkt', 'scalr')
    ]
    path = tmp_path / 'table/results.json'
    path.parent.mkdir()
    write_json(path,
               dict(notes=['commit: abc'], methods=methods, records=runs))
    return path


def judged(table, out, cache=None):
    return study.study_table(
        argparse.Namespace(
            table=table,
            out=out,
            toy=Path('none.json'),
            cache=cache,
            contrasts=None))


def test_the_runs_of_the_table_are_judged(method_table, tmp_path, capsys):
    text = judged(method_table, tmp_path / 'out')
    said = capsys.readouterr().out
    assert 'ppkt is left out: it is contrastive' in said
    assert 'scalr is left out: it has no words' in said
    assert '- commit: abc' in text and '| similarity |' in text
    assert "Given the teacher's mIoU" in text
    written = json.loads((tmp_path / 'out/results.json').read_text())
    assert len(written['records']) == 15 and written['protocols'] == ['probe']
    assert (tmp_path / 'out/gaps.png').is_file()


def test_features_of_the_tables_runs_are_drawn(method_table, tmp_path,
                                               monkeypatch):
    for name in SIDE:
        run = method_table.parent / name / 'seed0'
        run.mkdir(parents=True)
        write_json(run / 'trained.json', dict(checkpoint='epoch_3.pth'))
    Config(dict(a=1)).dump(method_table.parent / 'relational/seed0/test.py')
    drawn = []
    monkeypatch.setattr(study, 'sample_features',
                        lambda cfg, paths: drawn.append(paths))
    monkeypatch.setattr(study, 'draw_components', lambda *args: None)
    monkeypatch.setattr(study, 'draw_features_above', lambda *args: None)
    judged(method_table, tmp_path / 'out')
    assert [*drawn[0]] == [*SIDE]
    assert drawn[0]['similarity'].endswith(
        'table/similarity/seed0/train/epoch_3.pth')


@pytest.mark.parametrize('content, error, words', [
    (None, MissingInput, 'run projects/MethodTable/run.py first'),
    (dict(records=[]), BadInput, 'is not a table of methods'),
    (dict(methods={}, records=[], notes=[]), BadInput, 'no finished run'),
])
def test_what_is_not_a_table_is_refused(content, error, words, tmp_path):
    path = tmp_path / 'results.json'
    if content is not None:
        write_json(path, content)
    with pytest.raises(error, match=words):
        judged(path, tmp_path / 'out')


def test_records_from_the_folders_of_the_protocols(tmp_path):
    figures = dict(
        metrics=dict(
            uniformity=1.,
            teacher_uniformity=1.5,
            tolerance=.5,
            teacher_tolerance=.4,
            miou=.3))
    write_json(tmp_path / 'structure/seed0/figures.json', figures)
    for seed in (0, 1):
        write_json(tmp_path / f'probe/seed{seed}/figures.json', figures)
    found = collect(tmp_path, 0, ['probe'])
    assert found['uniformity_gap'] == 0.5 and found['miou'] == 0.3
    assert found['tolerance_gap'] == pytest.approx(0.1)
    assert collect(tmp_path, 1, ['probe']) == dict(probe=0.3)


@pytest.fixture
def finished_runs(records, monkeypatch, tmp_path):
    """Arguments of a study whose runs are done."""
    for run in records:
        run['linear_probe_miniworld'] = 0.5 + run['seed'] / 100
    monkeypatch.setattr(study, 'evaluate', lambda *args: records)
    monkeypatch.setattr(study, 'draw_gaps', lambda *args: 1 / 0)
    monkeypatch.setattr(study, 'sample_features', lambda *args:
                        (tmp_path / 'sampled').touch())
    probes = [f'downstream/{name}.py' for name in (
        'linear_probe_miniworld', PROBE)]  # yapf: disable
    return argparse.Namespace(
        out=tmp_path,
        config=Path(config_path('reldistill_miniworld.py')),
        cache=None,
        cfg_options={},
        seeds=[0, 1, 2],
        jobs=1,
        toy=tmp_path / 'none.json',
        contrasts=None,
        probes=[Path(config_path(name)) for name in probes],
        elsewhere=[],
        checkpoints=[f'{method}=x.pth' for method in SIDE])


def test_a_picture_that_fails_loses_nothing(finished_runs, tmp_path):
    with pytest.raises(RuntimeError, match='gaps.png .ZeroDivision'):
        study.study_checkpoints(finished_runs)
    results = json.loads((tmp_path / 'results.json').read_text())
    assert len(results['records']) == 15 and len(results['claims']) == 6
    assert '| relational ' in (tmp_path / 'results.md').read_text()
    assert (tmp_path / 'sampled').exists()


def test_a_linear_probe_is_tabled_and_not_judged(finished_runs, tmp_path):
    with pytest.raises(RuntimeError):
        study.study_checkpoints(finished_runs)
    results = json.loads((tmp_path / 'results.json').read_text())
    assert results['few_shot'] == [PROBE]
    judged = [part['text'] for claim in results['claims']
              for part in claim['parts']]  # yapf: disable
    assert any(PROBE in text for text in judged)
    assert not any('linear_probe' in text for text in judged)
    assert {one['score']
            for one in results['correlations']
            } == {'miou', 'linear_probe_miniworld', PROBE}
    text = (tmp_path / 'results.md').read_text()
    assert '| linear_probe_miniworld mIoU |' in text


def test_finished_records_are_judged_by_the_present_toy_study(
        finished_runs, tmp_path, monkeypatch):
    with pytest.raises(RuntimeError):
        study.study_checkpoints(finished_runs)
    monkeypatch.setattr(study, 'draw_gaps', lambda *args: None)
    part = dict(
        text='x', mean=1, spread=0, low=1, high=1, seeds=5, verdict='holds')
    write_json(finished_runs.toy, dict(findings=dict(one=[part] * 40)))
    before = (tmp_path / 'results.md').read_text()
    finished_runs.records = tmp_path / 'results.json'
    finished_runs.out = tmp_path / 'again'
    text = study.judge_again(finished_runs)
    assert '| 40 of 40 parts hold | holds |' in text
    assert set(before.splitlines()) - set(text.splitlines()) == {
        next(line for line in before.splitlines() if '| 6. Toy' in line)
    }
    write_json(finished_runs.records, {})
    with pytest.raises(BadInput, match='holds no study'):
        study.judge_again(finished_runs)


def test_the_pages_are_those_of_the_present_results(tmp_path, monkeypatch):
    """Of the README too, whose tables are copies."""
    for name in ('draw_gaps', 'draw_classes'):
        monkeypatch.setattr(study, name, lambda *args: None)
    project = Path(study.__file__).parents[1]
    toy = project.with_name('ToyClusters') / 'results/results.json'
    text = study.judge_again(
        argparse.Namespace(
            records=project / 'results/results.json',
            toy=toy,
            out=tmp_path,
            contrasts=None))
    assert (project / 'results/results.md').read_text() == text
    readme = (project / 'README.md').read_text().partition('## Results')[2]
    rows = [line for line in readme.splitlines() if line.startswith('| ')]
    assert len(rows) == 16 and set(rows) <= set(text.splitlines())


@pytest.mark.parametrize('methods',
                         [['relational', 'contrastive'], ['relational']])
def test_too_few_methods_say_why_there_is_no_rho(records, methods, tmp_path,
                                                 monkeypatch):
    few = [run for run in records if run['method'] in methods]
    titles = []
    monkeypatch.setattr(
        pictures.Figure, 'savefig',
        lambda figure, *args, **how: titles.extend(axis.get_title()
                                                   for axis in figure.axes))
    pictures.draw_gaps(few, ['miou'], tmp_path / 'gaps.png')
    assert titles == 3 * ['no ρ: fewer than 3 methods']
    text = to_markdown(few, judge_claims(few), [], [])
    assert f'no ρ: fewer than 3 methods, n = {len(few)}' in text
    assert 'nan' not in text
    same = [dict(run, miou=0.5) for run in records]
    assert 'no ρ: all values equal, n = 15' in to_markdown(
        same, judge_claims(same), [], [])


def test_structure_config_measures_what_the_test_reads(tmp_path):
    config = Path(config_path('reldistill_nus.py'))
    path = structure_config(config, {'test_dataloader.num_workers': 0},
                            tmp_path / 'structure.py')
    cfg = Config.fromfile(path)
    twin = Config.fromfile(config_path('reldistill_nus_structure.py'))
    assert cfg.test_dataloader.pop('num_workers') == 0
    twin.test_dataloader.pop('num_workers')
    assert cfg.test_dataloader == twin.test_dataloader
    assert cfg.test_evaluator == twin.test_evaluator
    probe = Path(config_path('downstream/linear_probe_nus.py'))
    with pytest.raises(ValueError, match='not a distillation config'):
        structure_config(probe, {}, tmp_path / 'structure.py')


def slow_cosine(features, mine, theirs):
    """Mean over pairs of two rows, one by one."""
    rows = [row / row.norm() for row in features]
    values = [float(rows[i] @ rows[j]) for i in mine for j in theirs if i != j]
    return sum(values) / len(values)


def test_properties_of_classes_against_pairs_one_by_one():
    frames = [
        Pairs(
            torch.tensor(label), torch.randn(len(label), 4),
            torch.rand(len(label)))
        for label in ([0, 0, 1, 0, 9, 1], [1, 0, 1, 1], [-1, 2])
    ]
    found = class_properties(frames, 4)
    assert found['share'] == pytest.approx([4 / 10, 5 / 10, 1 / 10, 0])
    assert found['frames'] == pytest.approx([2 / 3, 2 / 3, 1 / 3, 0])
    assert found['pairs'] == pytest.approx([2, 2.5, 1, np.nan], nan_ok=True)
    own = np.mean([
        slow_cosine(frames[0].features, [2, 5], [2, 5]),
        slow_cosine(frames[1].features, [0, 2, 3], [0, 2, 3])
    ])
    other = np.mean([
        slow_cosine(frames[0].features, [2, 5], [0, 1, 3]),
        slow_cosine(frames[1].features, [0, 2, 3], [1])
    ])
    assert found['own_cosine'][1] == pytest.approx(own, abs=1e-6)
    assert found['other_cosine'][1] == pytest.approx(other, abs=1e-6)
    # A class alone in its keyframe has nothing to be compared with.
    assert np.isnan(found['own_cosine'][2:]).all()
    assert np.isnan(found['other_cosine'][2:]).all()
    depth = torch.cat([frames[0].depth[[2, 5]], frames[1].depth[[0, 2, 3]]])
    assert found['depth'][1] == pytest.approx(float(depth.mean()))


def class_study(records):
    """Of classes in which relational leads by their share."""
    names = ['a', 'b', 'c', 'd', 'e']
    share = [0.4, 0.3, 0.2, 0.1, float('nan')]
    for run in records:
        for place, name in enumerate(names):
            lead = 0 if run['method'] == 'relational' else share[place]
            run[name] = 0.9 - lead + run['seed'] / 100
    properties = {name: share for name in classes.PROPERTIES}
    leads = class_leads(records, names)
    correlations = {
        name: {
            other: rank_correlation(share, lead)
            for other, lead in leads.items()
        }
        for name in properties
    }
    palette = [[10 * i, 0, 0] for i in range(5)]
    return ClassStudy(names, palette, properties, leads, correlations)


def test_leads_of_classes(records):
    found = class_study(records)
    assert set(found.leads) == {'contrastive', 'similarity'}
    assert found.leads['similarity'][:4] == pytest.approx([.4, .3, .2, .1])
    text = classes_section(found)
    assert '+1.00 [+1.00, +1.00], p = 0.083, n = 4 (1 without' in text
    assert '| a | 0.4 | 0.4 | 0.4 | 0.4 | 0.4 | 0.4 | +40.0 | +40.0 |' in text
    assert '| e | – |' in text and json.dumps(found._asdict())


def test_training_pairs_are_the_cached_ones_with_their_labels(
        small_options, clip_weights, mmdet3d_scope, tmp_path):
    cfg = Config.fromfile(config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    cfg.model.teacher.pretrained = clip_weights
    dataset = DATASETS.build(
        dict(cfg.train_dataloader.dataset, pipeline=cfg.paired_pipeline))
    build_cache(
        MODELS.build(cfg.model), dataset, tmp_path,
        Manifest(cache_identity(cfg), 'python BUILD'))
    found = classes.labelled_training_set(cfg, tmp_path)
    frames = list(classes.training_pairs(found, frames=2))
    assert len(frames) == 2
    sample = dataset[0]['data_samples']
    live = sample.gt_pts_seg.pts_semantic_mask[sample.pairs.point]
    assert frames[0].label.sort().values.tolist() == sorted(live.tolist())
    assert frames[0].features.shape == (len(live), 16)
    assert class_properties(frames, 16)['share']


def test_pictures(records, tmp_path):
    rows = torch.nn.functional.normalize(torch.randn(90, 8), dim=1)
    sample = features.Sample(
        features={
            name: rows + i
            for i, name in enumerate(['teacher', *SIDE])
        },
        label=torch.arange(90) % 3,
        xy=np.random.default_rng(0).uniform(-30, 30, (90, 2)),
        seen=torch.arange(40),
        seen_features=rows[:40],
        point_features=dict(relational=rows),
        classes=['a', 'b', 'c'],
        palette=np.eye(3, dtype=np.uint8) * 255)
    pictures.draw_components(sample, tmp_path / 'a.png')
    pictures.draw_features_above(sample, tmp_path / 'b.png')
    pictures.draw_gaps(records, ['miou', PROBE], tmp_path / 'c.png')
    found = class_study(records)
    pictures.draw_classes(found, tmp_path / 'd.png')
    for name in 'abcd':
        assert Image.open(tmp_path / f'{name}.png').width > 500


def test_the_gap_given_the_teacher(records):
    taught = dict(zip(SIDE, (0.5, 0.53, 0.51, 0.54, 0.52)))
    for record in records:
        record[TAUGHT] = taught[record['method']]
        record['modality_gap'] = record['miou']
    found = correlate_given(records, 'modality_gap', 'miou')
    assert found.rho == pytest.approx(1) and found.groups == 5
    text = to_markdown(records, judge_claims(records), [], [])
    assert "Given the teacher's mIoU" in text and 'p* = ' in text
    for record in records:
        del record[TAUGHT]
    assert correlate_given(records, 'modality_gap', 'miou').runs == 0
    text = to_markdown(records, judge_claims(records), [], [])
    assert "Given the teacher's mIoU" not in text


def test_the_label_that_most_of_a_group_have():
    label = torch.tensor([2, 1, 1, 0, 0, 3])
    group = torch.tensor([7, 7, 7, -1, -1, 9])
    assert commonest(label, group).tolist() == [0, 1, 3]
    assert commonest(label[:0], group[:0]).tolist() == []


@pytest.mark.parametrize('name', ['reldistill_nus', 'baselines/slidr_nus'])
def test_the_teacher_at_the_pairs_of_a_method(name, small_options, tmp_path):
    cfg = Config.fromfile(config_path(f'{name}.py'))
    small_options['train_dataloader.dataset.serialize_data'] = False
    if 'slidr' in name:
        del small_options['model.pair_sampler.count']
    cfg.merge_from_dict(small_options)
    found = taught_once(cfg, tmp_path / 'a.json')
    assert 0 <= found <= 1
    # A second call reads; another config does not.
    (tmp_path / 'a.json').write_text(
        (tmp_path / 'a.json').read_text().replace(repr(found), '0.25'))
    assert taught_once(cfg, tmp_path / 'a.json') == 0.25
