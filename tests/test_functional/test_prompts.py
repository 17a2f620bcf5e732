"""Vocabularies: whole, in label order, words and not ids."""
from pathlib import Path

import mmdet3d
import pytest
from mmengine.config import Config

from miniworld import NUSCENES_16, SURFACE_NAMES, TO_NUSCENES, nuscenes_to_16
from miniworld.tiny_clip.captions import WORDS
from reldistill_mm.errors import BadInput
from reldistill_mm.functional.prompts import (TEMPLATES, VOCABULARIES,
                                              parse_words, vocabulary)

# Ids of datasets that say nothing, or something else, to CLIP.
RAW_IDS = {
    'driveable surface', 'other flat', 'manmade', 'trunck', 'terrian',
    'terrain', 'other ground', 'other vehicle', 'walkable', 'vegetation',
    'construction cone', 'lane marker', 'sign', 'ground'
}


@pytest.mark.parametrize('name, count', [('nuscenes', 16),
                                         ('semantickitti', 19), ('waymo', 22),
                                         ('miniworld', 16)])
def test_every_class_has_words(name, count):
    found = vocabulary(name)
    assert len(found) == count
    words = sum(found.values(), [])
    assert len(words) == len(set(words)), 'one word for two classes'
    assert all(word == ' '.join(word.split()) for word in words)
    assert not {word.replace('-', ' ') for word in words} & RAW_IDS
    assert not any('_' in word for word in words)


def test_order_is_that_of_the_labels():
    assert list(VOCABULARIES['nuscenes']) == list(NUSCENES_16)
    assert list(VOCABULARIES['miniworld']) == list(NUSCENES_16)
    # Waymo's segmentation.proto: TYPE_CAR = 1 to TYPE_SIDEWALK = 22.
    waymo = list(VOCABULARIES['waymo'])
    assert (waymo[0], waymo[4], waymo[10],
            waymo[21]) == ('car', 'motorcyclist', 'construction_cone',
                           'sidewalk')


def test_semantickitti_has_the_spelling_and_order_of_mmdet3ds_base():
    base = Path(mmdet3d.__file__).parent / '.mim/configs/_base_/datasets'
    cfg = Config.fromfile(base / 'semantickitti.py')
    assert list(VOCABULARIES['semantickitti']) == list(cfg.class_names)


def test_miniworlds_words_are_those_that_its_clip_has_learned():
    """A word means things of one class alone, and of the class it is in."""
    classes = list(NUSCENES_16)
    label = dict(zip(SURFACE_NAMES, nuscenes_to_16()[TO_NUSCENES]))
    for name, words in VOCABULARIES['miniworld'].items():
        for word in words:
            surfaces = [s for s, known in WORDS.items() if word in known]
            assert surfaces, f'{word} was never learned'
            assert {label[s] for s in surfaces} == {classes.index(name)}, word


def test_templates_take_a_word():
    assert all(text.count('{}') == 1 for text in TEMPLATES)


def test_a_copy_is_handed_out():
    vocabulary('waymo')['car'].append('x')
    assert vocabulary('waymo')['car'] == ['car']


def test_parse_words():
    for text in ('car; tree', '"car"', '{car}, tree', 'car | tree'):
        with pytest.raises(BadInput, match='separate words by commas'):
            parse_words(text)
    assert parse_words(' car,traffic   cone ,road') == {
        'car': ['car'],
        'traffic cone': ['traffic cone'],
        'road': ['road']
    }


@pytest.mark.parametrize('text, message', [
    ('', 'no word at place 1'),
    ('  ', 'no word at place 1'),
    ('car,,tree', 'no word at place 2'),
    ('car, tree,', 'no word at place 3'),
    ('car, tree, car', "'car'.*more than once"),
])
def test_words_that_are_none(text, message):
    with pytest.raises(ValueError, match=message):
        parse_words(text)
