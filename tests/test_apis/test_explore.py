"""The explorer's page: its numbers in NumPy, and a visit by a browser."""
import base64
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from browser import MISSING, visit
from mmengine.config import Config

from reldistill_mm.apis import explore, write_explorer
from reldistill_mm.apis.word_table import require_learned
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.visualization import (ExplorerFrame, SideFeatures,
                                         WordTable, explore_frames, write_page)

STEPS = Path(__file__).with_name('explorer_steps.js')
# In the middle, seen by the camera, without a label.
WANTED = 467


def unit(rng, count, width):
    rows = rng.normal(size=(count, width)) + 0.3
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


@pytest.fixture
def keyframe():
    """A wall of 900 points in three classes; a camera sees every other."""
    rng = np.random.default_rng(0)
    side = np.linspace(-6, 6, 30)
    wall = np.stack(np.meshgrid(side, side, [0.]), -1).reshape(-1, 3)
    labels = np.arange(900) % 3
    seen = np.where(np.arange(900) % 2, np.arange(900) // 2, -1)
    student = SideFeatures(unit(rng, 450, 24), np.arange(900) // 2, labels)
    teacher = SideFeatures(
        unit(rng, 450, 24), seen, np.where(seen < 0, 3, labels))
    return ExplorerFrame('one', wall, student, teacher,
                         np.where(labels == 2, 255, labels))


@pytest.fixture
def words():
    names = ['tree', 'car', 'traffic light', '<b> & "']
    return WordTable(names, unit(np.random.default_rng(1), 4, 24), 'Four.')


def explored(keyframe, words, **more):
    return explore_frames([keyframe], words, ['road', 'a', 'b'],
                          np.eye(3, dtype=np.uint8) * 255, 'a page', **more)


def cosines(keyframe, query):
    """Of student and teacher, slowly, in float64; NaN where unseen."""
    for side in (keyframe.student, keyframe.teacher):
        scores = side.rows.astype(np.float64) @ query(side)
        yield np.where(side.row < 0, np.nan, scores[side.row])


@pytest.mark.slow
@pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
@pytest.mark.parametrize('way, cloud', [('', 'PlainCloud'),
                                        ('#r=gl', 'GlCloud')])
def test_a_visit(keyframe, words, tmp_path, way, cloud):
    """With and without WebGL, which the processor draws here."""
    page = explored(keyframe, words)
    steps = STEPS.read_text().replace('WANTED', str(WANTED))
    found = visit(write_page(page.content), steps, tmp_path, way)
    assert found['failures'] == [] and found['requests'] == []
    assert found['cloud'] == cloud
    student, _ = cosines(keyframe, lambda _: words.rows[0])
    error = page.error[1] + 1e-6
    assert found['word']['layer'] == 'word'
    np.testing.assert_allclose(found['word']['scores'], student, atol=error)
    assert re.search(r'student: \d+\.\d % ≥ -?\d', found['above'])
    assert "'treee' is not among" in found['unknown']
    assert 'Near: tree' in found['unknown']
    assert found['point'] == WANTED
    for name, scores in zip(('student', 'teacher'),
                            cosines(keyframe,
                                    lambda side: side.rows[side.row[WANTED]])):
        shown = np.array(found['similar'][name], float)
        np.testing.assert_allclose(shown, scores, atol=error)
        assert shown[WANTED] > 0.99
    best = words.rows @ keyframe.student.rows[keyframe.student.row[WANTED]]
    assert words.names[best.argmax()] in found['ranks']
    assert 'labelled none' in found['ranks'] and 'student: b' in found['ranks']
    assert found['before'] == 900 and found['hidden'].startswith('road')
    assert found['after'] == 600 and found['only'] == 300
    assert found['folded'] and found['turned'][0] and found['turned'][2] < 0
    assert found['followed'] == dict(
        layer='errors', threshold=30, hidden=2, camera=True)


def test_words_and_points_agree_with_numpy(keyframe, words):
    """From the bytes of the page, with as many components and with fewer."""
    for components in (64, 8):
        page = explored(keyframe, words, components=components)
        frame, = page.content['frames']
        kept = min(components, 24)

        def array(text, kind):
            return np.frombuffer(base64.b64decode(text), kind)

        for name in ('student', 'teacher'):
            side, packed = getattr(keyframe, name), frame[name]
            codes = array(packed['codes'], 'i1').reshape(-1, kept)
            rows = codes * array(packed['step'], '<f4')
            table = page.content['words']
            query = array(table['codes'], 'i1').reshape(-1, kept) * array(
                table['step'], '<f4')
            scores = rows @ query.T + array(table['offset'], '<f4')
            truth = side.rows @ words.rows.T
            assert np.abs(scores - truth).max() <= page.error[1] + 1e-6
            assert array(packed['row'], '<i4').tolist() == side.row.tolist()
        assert page.error[1] < (0.02 if kept == 24 else 1)
        assert f'{kept} of 24 principal' in page.content['notes'][1]


def test_fewer_points_keep_what_is_theirs(keyframe, words):
    page = explored(keyframe, words, max_points=100)
    frame, = page.content['frames']
    assert frame['shown'] == 100 and frame['points'] == 900
    row = np.frombuffer(base64.b64decode(frame['student']['row']), '<i4')
    assert row.max() == len(set(row)) - 1 < 100


def test_of_a_trained_model(trained, keyframes, tmp_path):
    """Keyframes with images and labels; what is asked for in vain."""
    config, checkpoint = trained.cfg.filename, trained.checkpoint
    info = keyframes / 'infos.pkl'
    found = explore(config, info, checkpoint, indices=[0, 1])
    first = found.page.content['frames'][0]
    assert len(first['cameras']) == 6 and 'truth' in first
    assert first['cameras'][0]['image'].startswith('data:image/jpeg')
    names = found.page.content['words']['names']
    assert len(names) > 1500 and 'car' in names and 'zebra crossing' in names
    label = np.frombuffer(base64.b64decode(first['index']), '<u2')
    predicted = trained.samples[0].pred_pts_seg.pts_semantic_mask
    assert torch.equal(torch.from_numpy(label.astype(int)), predicted.cpu())
    page = write_explorer(found, tmp_path / 'a/page.html')
    assert page.stat().st_size > 1e5
    asked = found.embed('a purple elephant')
    assert len(asked['row']) == found.page.space.axes.shape[1]
    with pytest.raises(BadInput):
        found.embed('')
    with pytest.raises(BadInput, match=r'--index 2 is not in \[0, 2\)'):
        explore(config, info, checkpoint, indices=[2])
    with pytest.raises(MissingInput, match='info file .* does not exist'):
        explore(config, keyframes / 'none.pkl', checkpoint)
    with pytest.raises(MissingInput, match='list of words'):
        explore(config, info, checkpoint, word_list='none.txt')
    own = tmp_path / 'words.txt'
    own.write_text('# mine\npuddle, sofa\ncar')
    few = explore(config, info, checkpoint, word_list=str(own))
    assert 'puddle' in few.page.content['words']['names']
    assert len(few.page.content['words']['names']) < 100
    own.write_bytes('Stra\xdfe'.encode('latin-1'))
    with pytest.raises(BadInput, match='is not text in UTF-8'):
        explore(config, info, checkpoint, word_list=str(own))


def test_words_that_a_small_clip_has_not_learned(tmp_path):
    model = SimpleNamespace(
        cfg=Config(dict(text_teacher=dict(model=f'local-dir:{tmp_path}'))))
    # A CLIP that comes without a list has learned all words.
    require_learned(model, 'elephant')
    (tmp_path / 'learned_words.txt').write_text('red car\ntree\n')
    require_learned(model, 'Tree')
    require_learned(model, 'red tree')
    with pytest.raises(BadInput, match="has not learned 'elephant'"):
        require_learned(model, 'red elephant')
