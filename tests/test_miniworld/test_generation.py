"""Same arguments, same bytes; broken folders are built again."""
import json
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from miniworld import GENERATOR_VERSION, builder, ensure_miniworld, generate
from miniworld.builder import full_arguments, scene_names
from miniworld.manifest import MANIFEST, MARKER, why_not
from miniworld.town import SPLITS, build_world

TINY = dict(scenes=(2, 0), keyframes=1, image_size=(64, 36), azimuth_steps=60)


def hashes(root):
    return json.loads((root / MANIFEST).read_text())['files']


@pytest.fixture(scope='module')
def tiny(tmp_path_factory):
    return ensure_miniworld(
        tmp_path_factory.mktemp('tiny') / 'world', quiet=True, **TINY)


@pytest.fixture
def world(tiny, tmp_path):
    """A copy that may be broken."""
    return shutil.copytree(tiny, tmp_path / 'world')


def test_same_arguments_same_bytes(tiny, tmp_path):
    again = ensure_miniworld(tmp_path / 'b', workers=1, quiet=True, **TINY)
    assert hashes(again) == hashes(tiny)


def test_another_seed_is_another_world(tiny, tmp_path):
    other = ensure_miniworld(tmp_path / 'c', quiet=True, seed=1, **TINY)
    ours, theirs = hashes(tiny), hashes(other)
    same = [n for n in ours if n in theirs and ours[n] == theirs[n]]
    # The tables that hold no measurement, the map and the marker.
    assert all(n.startswith(('v1.0-mini', 'maps', MARKER)) for n in same)
    assert set(ours) - set(same)


def test_sound_folder_is_left_alone(world, capsys):
    stamp = (world / MANIFEST).stat().st_mtime_ns
    (world / 'nuscenes_infos_train.pkl').write_text('made by a converter')
    ensure_miniworld(world, quiet=True, **TINY)
    assert (world / MANIFEST).stat().st_mtime_ns == stamp
    assert capsys.readouterr().out == ''
    assert (world / 'nuscenes_infos_train.pkl').exists()


def flip(root):
    path = next((root / 'samples/LIDAR_TOP').iterdir())
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(bytes(data))


def cut(root):
    path = next((root / 'samples/CAM_BACK').iterdir())
    path.write_bytes(path.read_bytes()[:-20])


def lose(root):
    next((root / 'lidarseg/v1.0-mini').iterdir()).unlink()


def unfinished(root):
    (root / MANIFEST).unlink()


def garbled(root):
    (root / MANIFEST).write_text('{"files": ')


@pytest.mark.parametrize('damage, reason', [(flip, 'was changed'),
                                            (cut, 'bytes instead of'),
                                            (lose, 'is missing'),
                                            (unfinished, 'is missing'),
                                            (garbled, 'cannot be read')])
def test_damage_is_noticed_and_mended(world, tiny, damage, reason, capsys):
    damage(world)
    assert reason in why_not(world, GENERATOR_VERSION, None)
    ensure_miniworld(world, quiet=True, **TINY)
    assert reason in capsys.readouterr().out
    assert hashes(world) == hashes(tiny)
    assert why_not(world, GENERATOR_VERSION, None) == ''
    assert [p.name for p in world.parent.iterdir()] == ['world']


def test_other_arguments_or_version_rebuild(world):
    args = full_arguments('nuscenes', **TINY)
    assert why_not(world, GENERATOR_VERSION, args) == ''
    assert 'version' in why_not(world, '0', args)
    assert 'made with' in why_not(world, GENERATOR_VERSION, {
        **args, 'seed': 3
    })


def test_foreign_folder_is_not_touched(tmp_path):
    (tmp_path / 'samples').mkdir()
    with pytest.raises(FileExistsError, match='not a|other than a MiniWorld'):
        ensure_miniworld(tmp_path, quiet=True, **TINY)
    assert (tmp_path / 'samples').is_dir()


def test_failure_leaves_nothing_behind(tmp_path, monkeypatch):

    def fails(folder, *_):
        (folder / 'samples').mkdir()
        raise OSError('full')

    monkeypatch.setitem(builder.WRITERS, 'nuscenes', fails)
    with pytest.raises(OSError, match='full'):
        ensure_miniworld(tmp_path / 'world', quiet=True, **TINY)
    assert list(tmp_path.iterdir()) == []


def test_arguments_are_checked(tmp_path):
    for wrong in (dict(town='mars'), dict(colour=1), dict(scenes=(0, 0)),
                  dict(image_size=(1, )), dict(keyframes=0),
                  dict(scenes=(1, )), dict(town='other', scenes=(1, 1, 1))):
        with pytest.raises(ValueError):
            generate(tmp_path, **wrong)


def test_names_are_those_of_the_devkit():
    splits = pytest.importorskip('nuscenes.utils.splits')
    version, names = scene_names(8, 2)
    assert version == 'v1.0-mini'
    assert names == dict(train=splits.mini_train, val=splits.mini_val)
    version, names = scene_names(12, 3)
    assert version == 'v1.0-trainval'
    assert {
        split: len(each)
        for split, each in names.items()
    } == dict(
        train=12, val=3)
    assert set(names['train']) <= set(splits.train)
    assert set(names['val']) <= set(splits.val)


def test_scenes_for_choices_are_of_the_training_names():
    splits = pytest.importorskip('nuscenes.utils.splits')
    version, names = scene_names(2, 1, 3)
    assert version == 'v1.0-trainval' and len(names['choose']) == 3
    assert set(names['choose']) <= set(splits.train) - set(names['train'])


def test_every_set_has_streets_of_its_own():
    """Same index, other splits: no ground, no drive, no light is another's."""
    worlds = {split: build_world(0, split, 1) for split in SPLITS}
    assert set(worlds) == {'train', 'val', 'choose'}
    assert len({world.ground.bend for world in worlds.values()}) == 3
    assert len({world.ego.speed for world in worlds.values()}) == 3
    assert len({tuple(world.light.sun) for world in worlds.values()}) == 3


def test_command_line(tmp_path, monkeypatch, capsys):
    tool = Path(__file__).resolve().parents[2] / 'tools/make_miniworld.py'
    line = ('--scenes 1 0 --keyframes 1 --image-size 48 27 '
            '--azimuth-steps 30 --seed 5 --town')
    for town in ('nuscenes', 'other'):
        out = tmp_path / town
        monkeypatch.setattr(
            sys, 'argv', [str(tool), *line.split(), town, '--out',
                          str(out)])
        runpy.run_path(str(tool), run_name='__main__')
        assert 'is complete' in capsys.readouterr().out
        assert json.loads((out / MANIFEST).read_text())['args']['seed'] == 5
