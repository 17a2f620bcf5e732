"""Named subsets against the devkit's own lists."""
import pytest

from reldistill_mm.datasets.splits import (every_nth, select_keyframes,
                                           select_scenes, slidr_held_out)
from reldistill_mm.errors import BadInput


@pytest.fixture
def train():
    return pytest.importorskip('nuscenes.utils.splits').train


def test_slidr_600_of_the_devkits_train_scenes(train):
    assert len(slidr_held_out()) == 100
    assert len(select_scenes(train, 'slidr_600')) == 600
    assert slidr_held_out() <= set(train)


def test_the_seven_scenes_of_one_percent(train):
    """As counted by hand in the devkit's list: the hundredth comes first."""
    counted, chosen = 0, []
    for name in train:
        counted += 1
        if counted % 100 == 0:
            chosen.append(name)
    assert select_scenes(reversed(train), 'every_100th_scene') == set(chosen)
    assert sorted(chosen) == [
        'scene-0171', 'scene-0300', 'scene-0435', 'scene-0589', 'scene-0747',
        'scene-0959', 'scene-1110'
    ]


@pytest.mark.parametrize('step, count', [(20, 35), (10, 70), (4, 175)])
def test_the_other_shares(train, step, count):
    chosen = select_scenes(train, f'every_{step}th_scene')
    assert len(chosen) == count


def test_names():
    assert every_nth('every_3rd_scan', 'scan') == 3
    assert every_nth('every_100th_scene', 'scene') == 100
    for name in ('every_100th_scan', 'every_0th_scene', 'every_1h_scene',
                 'every_-1th_scene', 'slidr_600', ''):
        assert every_nth(name, 'scene') is None


def test_keyframes():
    assert list(select_keyframes(
        301, 'every_100th_keyframe')) == [0, 100, 200, 300]
    assert list(select_keyframes(80, 'every_80th_keyframe')) == [0]
    with pytest.raises(ValueError, match="'every_81st_keyframe' leaves none"):
        select_keyframes(80, 'every_81st_keyframe')
    with pytest.raises(ValueError, match="write 'every_100th_keyframe'"):
        select_keyframes(80, 'every_2nd_scene')


def test_the_other_subsets_of_as_many_keyframes():
    """They share nothing and leave nothing out."""
    names = [f'every_20th_keyframe_from_{k}' for k in range(20)]
    places = [list(select_keyframes(80, name)) for name in names]
    assert places[7] == [7, 27, 47, 67]
    assert sorted(sum(places, [])) == list(range(80))
    assert list(select_keyframes(80, names[0])) == list(
        select_keyframes(80, 'every_20th_keyframe'))
    with pytest.raises(BadInput, match='from 0 to 19'):
        select_keyframes(80, 'every_20th_keyframe_from_20')
    with pytest.raises(BadInput, match="with '_from_7'"):
        select_keyframes(80, 'every_20th_keyframe_from_x')


@pytest.mark.parametrize('subset, message', [
    (['scene-0061', 'scene-061'
      ], r"no scene 'scene-061' among the 3.*mean 'scene-0061'"),
    (['Scene-0061'], "mean 'scene-0061'"),
    ([61], '61 is a number, but the name of a scene is text.*Quote'),
    ([], "names no scene; there are 'scene-0061'"),
    (0.01, 'scenes=0.01 is not a list of scene names'),
    ('scene-0061', "Unknown scene subset 'scene-0061'.*did you mean"),
    ('slidr_6000', "did you mean 'slidr_600'"),
])
def test_selections_that_select_nothing(subset, message):
    names = ['scene-0061', 'scene-0103', 'scene-0553']
    with pytest.raises(BadInput, match=message):
        select_scenes(names, subset)


def test_numbers_of_keyframes_are_no_subset():
    with pytest.raises(BadInput, match="write 'every_100th_keyframe'"):
        select_keyframes(80, 0.01)
