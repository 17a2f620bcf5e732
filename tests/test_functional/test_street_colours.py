"""Colours that are expected, and told apart by everyone."""
import numpy as np
import pytest

from reldistill_mm.functional.prompts import VOCABULARIES
from reldistill_mm.functional.street_colours import street_palette

# Machado et al., TVCG 2009, table of severity 1: linear RGB as seen without
# cones of one kind.
SEEN = dict(
    everyone=np.eye(3),
    protan=np.array([[0.152286, 1.052583, -0.204868],
                     [0.114503, 0.786281, 0.099216],
                     [-0.003882, -0.048116, 1.051998]]),
    deutan=np.array([[0.367322, 0.860646, -0.227968],
                     [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]]),
    tritan=np.array([[1.255528, -0.076749, -0.178779],
                     [-0.078411, 0.930809, 0.147602],
                     [0.004733, 0.691367, 0.303900]]))


def lab(colours, matrix):
    """CIELAB of sRGB (N, 3), D65."""
    share = colours / 255
    linear = np.where(share <= .04045, share / 12.92,
                      ((share + .055) / 1.055)**2.4)
    linear = np.clip(linear @ matrix.T, 0, 1)
    xyz = linear @ np.array([[.4124, .3576, .1805], [.2126, .7152, .0722],
                             [.0193, .1192, .9505]]).T
    xyz = xyz / (.9505, 1, 1.089)
    root = np.where(xyz > .008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


@pytest.mark.parametrize('who', SEEN)
def test_classes_of_nuscenes_are_told_apart(who):
    """A difference of 2.3 is just seen; points of 3 pixels need more."""
    seen = lab(street_palette(list(VOCABULARIES['nuscenes'])), SEEN[who])
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    assert apart[np.triu_indices(len(seen), 1)].min() > 20
    # On the page's dark ground.
    ground = lab(np.array([[17, 17, 17]]), SEEN[who])
    assert np.linalg.norm(seen - ground, axis=1).min() > 25


def test_expected_hues():
    tree, road, car, grass, human = street_palette(
        ['Tree', 'driveable_surface', 'car', 'terrain', 'person']).astype(int)
    assert tree.argmax() == 1 and grass.argmax() == 1
    assert car.argmax() == 2 and human.argmax() == 0
    assert road.argmax() == 2 and road.argmin() == 1 and np.ptp(road) < 90


@pytest.mark.parametrize('name', VOCABULARIES)
def test_no_two_classes_of_a_vocabulary_are_one_colour(name):
    palette = street_palette(list(VOCABULARIES[name])).astype(int)
    apart = np.abs(palette[:, None] - palette[None]).max(2)
    assert apart[np.triu_indices(len(palette), 1)].min() > 15


def test_a_word_keeps_its_colour_in_any_list():
    known = street_palette(['car', 'tree'])
    mixed = street_palette(['puddle', 'tree', 'sofa', 'car'])
    assert mixed[[3, 1]].tolist() == known.tolist()
    many = street_palette([f'thing {i}' for i in range(200)])
    assert len(np.unique(many, axis=0)) == 200
    assert street_palette([]).shape == (0, 3)
