"""Columns that are compared: pairs, corrections, and what a test keeps."""
import json

import numpy as np
import pytest
from mmengine.config import Config

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.contrast_table import (contrasts_of,
                                                      paired_runs,
                                                      write_contrasts)
from reldistill_mm.experiments.scene_file import (SCENES, read_scenes,
                                                  with_scene_file)


def counts(right, seed, scenes):
    """Matrices of three classes, a share of them right."""
    draws = np.random.default_rng(seed)
    return {
        name: (np.eye(3) * right * 100 +
               draws.integers(20, 30, (3, 3))).astype(int).tolist()
        for name in scenes
    }


@pytest.fixture
def study(tmp_path):
    """Two columns, five seeds; one of them is better by far in one of two."""
    results = []
    scenes = [f's{n}' for n in range(6)]
    for protocol, lead in (('p', 1.), ('q', 0.)):
        for model in 'ab':
            for seed in range(5):
                folder = f'{model}/{protocol}/seed{seed}'
                path = tmp_path / folder / SCENES
                path.parent.mkdir(parents=True)
                right = 1 + lead * (model == 'a')
                content = counts(right, 10 * seed + (model == 'a'), scenes)
                path.write_text(json.dumps(dict(classes=[], scenes=content)))
                results.append(
                    dict(
                        protocol=protocol,
                        model=model,
                        seed=seed,
                        subset='all labels',
                        folder=folder))
    return results


def test_a_lead_and_none(study, tmp_path):
    text = write_contrasts(study, [('a', 'b')], tmp_path)
    lead, none = contrasts_of(study, [('a', 'b')], tmp_path)
    assert lead.finding.verdict == 'holds' and lead.finding.low > .05
    assert none.finding.verdict == 'not settled'
    assert lead.levels == dict(seeds=5, subsets=1, scenes=6)
    assert '| p: a above b |' in text and '5 / 1 / 6 |' in text
    written = json.loads((tmp_path / 'contrasts.json').read_text())
    assert [one['verdict'] for one in written] == ['holds', 'not settled']
    # Twice as many comparisons, twice the smallest p at most.
    more = contrasts_of(study, [('a', 'b'), ('b', 'a')], tmp_path)
    assert more[0].finding.p_value > lead.finding.p_value


def test_other_scenes(study, tmp_path):
    path = tmp_path / 'a/p/seed0' / SCENES
    content = json.loads(path.read_text())
    content['scenes'].pop('s0')
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="'a' and 'b' were tested on other"):
        paired_runs(study, tmp_path, 'p', 'a', 'b')


def test_runs_without_scenes_are_left_out(study, tmp_path):
    (tmp_path / 'a/p/seed0' / SCENES).unlink()
    assert len(paired_runs(study, tmp_path, 'p', 'a', 'b')) == 4
    text = write_contrasts(study, [('a', 'b')], tmp_path)
    assert '- p: a above b: b, seed 0, all labels\n' in text
    assert '- q:' not in text
    assert write_contrasts(study[:1], [('a', 'b')], tmp_path) == ''


@pytest.mark.parametrize('name', [
    'downstream/finetune_miniworld.py', 'reldistill_miniworld.py',
    'reldistill_miniworld_structure.py'
])
def test_a_test_is_told_to_keep_its_scenes(name, tmp_path):
    """And the config that says what was run does not change."""
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    before = cfg.to_dict()
    found = with_scene_file(cfg, tmp_path / SCENES)
    assert cfg.to_dict() == before
    metric = found.test_evaluator
    metric = metric[0] if isinstance(metric, list) else metric
    assert metric['scene_file'] == str(tmp_path / SCENES)
    step, = (
        each for each in found.test_dataloader.dataset.pipeline
        if 'meta_keys' in each)
    assert step.meta_keys[-1] == 'scene_name'
    assert 'lidar_path' in step.meta_keys
    assert found.val_evaluator == cfg.val_evaluator
    assert read_scenes(tmp_path / SCENES) is None
