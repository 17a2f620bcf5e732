"""The demo's page, compared with the model that it was made of."""
import json
import re
from pathlib import Path

import numpy as np
from browser import visit

from miniworld.demo.pictures import KeyFrame

WORDS = dict(road='driveable_surface', tree='vegetation', building='manmade')
STEPS = Path(__file__).with_name('test_demo') / 'trained_steps.js'


def check_explorer(frame: KeyFrame, page: str, tmp_path: Path) -> None:
    """Visit a keyframe's page and compare it with the student in NumPy."""
    student, teacher = frame.student, frame.teacher
    truth = frame.sample['data_samples'].gt_pts_seg.pts_semantic_mask.numpy()
    classes = list(frame.dataset.metainfo['classes'])
    head = frame.model.zero_shot_head
    words = {word: classes.index(name) for word, name in WORDS.items()}
    point = teacher['point'].numpy()
    cars = np.intersect1d(np.flatnonzero(truth == classes.index('car')), point)
    largest = np.bincount(student['label']).argmax()
    names = dict(
        WORDS=list(words),
        CARS=cars.tolist(),
        HIDDEN=classes[largest].replace('_', ' '))
    steps = ''.join(f'const {name} = {json.dumps(value)};\n'
                    for name, value in names.items())
    found = visit(page, steps + STEPS.read_text(), tmp_path)
    assert found['failures'] == [] and found['requests'] == []
    assert found['title'].startswith('Student and teacher: keyframe ')
    assert found['total'] == len(truth)
    bound = float(re.search(r'and ([\d.]+) at most', found['notes'])[1])

    def agree(shown, scores):
        error = np.abs(np.array(shown, float) - scores)
        error = error[~np.isnan(scores)]
        # The bound is that of a sample of the features.
        assert np.quantile(error, 0.99) <= bound, (error.max(), bound)
        assert error.max() <= 2 * bound

    features = student['features'].numpy().astype(np.float64)
    for word, k in words.items():
        row = frame.model.teacher.encode_words([word], head.templates)[0]
        scores = features @ row.double().numpy()
        agree(found['words'][word], scores)
        # A student of a minute knows no other class, whatever the page does.
        if word == 'road':
            most_fitting = np.argsort(-np.array(found['words'][word]))
            top = most_fitting[:np.sum(truth == k) // 4]
            for labels in (student['label'], truth):
                assert np.mean(labels[top] == k) > 0.5, word

    chosen = found['point']
    assert chosen in cars
    assert 'labelled car' in found['told']
    agree(found['similar']['student'], features @ features[chosen])
    # Of a point that several cameras see, the page has one feature.
    rows = teacher['features'].numpy().astype(np.float64)
    seen, times = np.unique(point, return_counts=True)
    once = np.isin(point, seen[times == 1])
    shown = np.array(found['similar']['teacher'], float)
    assert np.isnan(shown).sum() == len(truth) - len(seen)
    best = max(
        (rows[once] @ rows[row] for row in np.flatnonzero(point == chosen)),
        key=lambda scores: -np.abs(scores - shown[point[once]]).max())
    agree(shown[point[once]], best)
    assert found['before'] == len(truth)
    assert found['after'] == np.sum(student['label'] != largest)
