"""Results that are computed once, wherever the folders lie."""
import json
import shutil
from pathlib import Path

import mmengine
import numpy as np
import pytest
from mmengine.config import Config

from miniworld import tiny_clip
from reldistill_mm.errors import BadInput
from reldistill_mm.experiments.info_sum import info_sum
from reldistill_mm.experiments.kept import Kept


def make_config(root, rate=.1):
    """A config as a study makes it, whose data lies below ``root``."""
    data = root / 'data'
    data.mkdir(parents=True, exist_ok=True)
    mmengine.dump(dict(data_list=[dict(x=.1 + .2)]), data / 'infos.pkl')
    loader = dict(dataset=dict(data_root=str(data), ann_file='infos.pkl'))
    return Config(
        dict(
            optim_wrapper=dict(optimizer=dict(lr=rate)),
            train_dataloader=loader,
            teacher_cache_root=str(root / 'caches/1234'),
            model=dict(weights=str(root / 'out/weights.pth'))))


def places(root):
    return dict(data=root / 'data', out=root / 'out')


def never():
    raise AssertionError('computed again')


def test_a_result_is_found_from_another_place(tmp_path):
    here, there = tmp_path / 'here', tmp_path / 'there'
    path = tmp_path / 'kept.json'
    first = Kept(path, places(here))
    asked = 'test', [make_config(here)]
    assert not first.has(*asked)
    assert first.once(*asked, lambda: dict(miou=.5)) == dict(miou=.5)
    assert first.has(*asked) and first.once(*asked, never) == dict(miou=.5)
    again = Kept(path, places(there))
    cfg = make_config(there)
    # Neither changes what comes out.
    cfg.teacher_cache_root = str(there / 'caches/5678')
    cfg.default_hooks = dict(logger=dict(interval=1))
    assert again.once('test', [cfg], never) == dict(miou=.5)
    assert again.commits == first.commits and len(again.commits) == 1


@pytest.mark.parametrize(
    'change',
    ['kind', 'rate', 'data', 'count', 'place', 'start', 'world', 'teacher'])
def test_what_differs_is_computed(change, tmp_path):
    kept = Kept(tmp_path / 'kept.json', places(tmp_path))
    cfg = make_config(tmp_path)
    teacher = tmp_path / 'teacher'
    shutil.copytree(Path(tiny_clip.__file__).parent / 'model', teacher)
    if change == 'teacher':
        cfg.model.teacher = dict(
            type='OpenCLIPTeacher', model=f'local-dir:{teacher}')
        cfg.default_scope = 'mmdet3d'
    kept.once('test', [cfg], lambda: 1)
    kind, configs = 'test', [cfg]
    if change == 'kind':
        kind = 'probe'
    elif change == 'rate':
        configs = [make_config(tmp_path, .2)]
    elif change == 'data':
        infos = dict(data_list=[dict(x=.4)])
        mmengine.dump(infos, tmp_path / 'data/infos.pkl')
    elif change == 'start':
        cfg.load_from = 'epoch_3.pth'
    elif change == 'world':
        kept = Kept(kept.path, places(tmp_path), dict(version='2'))
    elif change == 'teacher':
        # Retrained, in the same place.
        weights = teacher / 'open_clip_model.safetensors'
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        kept = Kept(kept.path, places(tmp_path))
    elif change == 'count':
        configs = [cfg, cfg]
    else:
        cfg.model.weights = '/elsewhere/weights.pth'
    assert kept.once(kind, configs, lambda: 2) == 2
    assert len(json.loads((tmp_path / 'kept.json').read_text())) == 2


def test_without_a_file_nothing_is_kept(tmp_path):
    kept = Kept()
    cfg = make_config(tmp_path)
    assert kept.once('test', [cfg], lambda: 1) == 1
    assert kept.once('test', [cfg], lambda: 2) == 2
    assert not kept.has('test', [cfg])


def test_a_failure_is_not_kept(tmp_path):
    kept = Kept(tmp_path / 'kept.json', places(tmp_path))
    with pytest.raises(ZeroDivisionError):
        kept.once('test', [make_config(tmp_path)], lambda: 1 / 0)
    assert kept.once('test', [make_config(tmp_path)], lambda: None) is None
    assert kept.once('test', [make_config(tmp_path)], never) is None


@pytest.mark.parametrize('content', [[], dict(miou=1), dict(a=dict(miou=1))])
def test_another_file_is_refused(content, tmp_path):
    path = tmp_path / 'results.json'
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match='does not hold the results of finish'):
        Kept(path)
    assert json.loads(path.read_text()) == content


def test_an_info_file_counts_by_what_it_says(tmp_path):
    path, sums = tmp_path / 'infos.pkl', []
    pose = np.array([[437.77066469192505, -50.607452392578125]])
    for infos in (dict(pose=pose, points=np.int64(836), ok=np.True_),
                  dict(points=836, ok=True, pose=(pose * (1 + 1e-12))),
                  dict(pose=pose + 2e-3, points=836,
                       ok=True), dict(pose=pose, points=837, ok=True),
                  dict(pose=pose * np.nan, points=836, ok=True)):
        mmengine.dump(infos, path)
        sums.append(info_sum(path))
    assert sums[0] == sums[1]
    assert len(set(sums)) == 4


def test_two_calls_lose_nothing(tmp_path):
    """Both have read the file before either writes."""
    path = tmp_path / 'kept.json'
    one, other = Kept(path, places(tmp_path)), Kept(path, places(tmp_path))
    one.once('test', [make_config(tmp_path)], lambda: 1)
    other.once('test', [make_config(tmp_path, .2)], lambda: 2)
    last = Kept(path, places(tmp_path))
    assert last.once('test', [make_config(tmp_path)], never) == 1
    assert last.once('test', [make_config(tmp_path, .2)], never) == 2
