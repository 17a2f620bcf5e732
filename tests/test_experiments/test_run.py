"""A whole study on two keyframes, ended and gone on with."""
import json
import shutil

import pytest
from mmengine.config import Config

from reldistill_mm.experiments import execute, run_protocols


@pytest.mark.slow
def test_tools_end_in_one_table(protocols, distilled, tmp_path, capsys):
    """One training and two tests by the real tools, two at a time."""
    out = tmp_path / 'out'
    text = run_protocols(dict(rel=str(distilled)), protocols, [0], out, jobs=2)
    assert '2 runs, 0 of them finished before' in capsys.readouterr().out
    assert '| few | scenes=every_100th_scene |' in text
    assert '| zero_shot | no label |' in text
    few = out / 'rel/few/seed0'
    figures = json.loads((few / 'figures.json').read_text())
    assert figures['subset'] == 'scenes=every_100th_scene'
    assert figures['checkpoint'] == str(distilled)
    assert figures['commit'] and 0 <= figures['metrics']['miou'] <= 1
    log = (few / 'output.txt').read_text()
    # The last epoch is tested, not validated before that.
    assert 'Epoch(val)' not in log and 'Epoch(test)' in log
    # The distilled weights, the subset, and the last epoch's checkpoint.
    assert "tensors of 'backbone.' loaded from" in log
    assert 'Subset scenes=every_100th_scene' in log
    assert 'epoch_1.pth' in log
    rows = json.loads((out / 'table.json').read_text())
    assert [row['miou'] for row in rows
            if row['protocol'] == 'few'] == [figures['metrics']['miou']]


@pytest.fixture
def calls(monkeypatch):
    """What would be run; each test has another figure."""
    found = []

    def train(config, work_dir, *flags, **_):
        found.append(('train', config, *flags))
        return work_dir / 'epoch_1.pth'

    def test(config, checkpoint, work_dir, **_):
        found.append(('test', config))
        return dict(miou=len(found) / 100, classes=16.0)

    monkeypatch.setattr(execute, 'run_train', train)
    monkeypatch.setattr(execute, 'run_test', test)
    return found


def test_it_goes_on_where_it_stopped(protocols, distilled, tmp_path, calls):
    out = tmp_path / 'out'
    study = [dict(random='', rel=str(distilled)), protocols[:1], [0, 1], out]
    text = run_protocols(*study)
    assert [tool for tool, *_ in calls] == 4 * ['train', 'test']
    calls.clear()
    assert run_protocols(*study) == text and calls == []

    # A killed run continues alone, with the checkpoints it left.
    half = out / 'rel/few/seed1'
    (half / 'figures.json').unlink()
    (half / 'train').mkdir()
    (half / 'train/last_checkpoint').touch()
    run_protocols(*study)
    config = str(half / 'config.py')
    assert calls == [('train', config, '--resume'), ('test', config)]
    # What was begun with other options does not count.
    (half / 'figures.json').unlink()
    (half / 'started.json').write_text('{}')
    run_protocols(*study)
    assert calls[-2:] == [('train', config), ('test', config)]
    assert not (half / 'train').exists()

    # A seed more.
    calls.clear()
    study[2] = [0, 1, 2]
    assert '(3)' in run_protocols(*study)
    assert len(calls) == 2 * 2


def test_figures_of_something_else_stay(protocols, distilled, tmp_path, calls):
    """Neither mixed in nor overwritten."""
    out = tmp_path / 'out'
    run_protocols(dict(rel=str(distilled)), protocols[:1], [0], out)
    before = (out / 'rel/few/seed0/figures.json').read_text()
    calls.clear()
    other = tmp_path / 'other.pth'
    other.write_bytes(distilled.read_bytes() + b'0')
    for checkpoint, options in ((other, {}), (distilled, {
            'train_cfg.max_epochs': 2
    })):
        with pytest.raises(ValueError, match='another config or checkpoint'):
            run_protocols(
                dict(rel=str(checkpoint)), protocols[:1], [0], out, options)
    assert (out / 'rel/few/seed0/figures.json').read_text() == before
    assert calls == []


def test_data_that_has_changed_is_run_again(protocols, distilled, keyframes,
                                            tmp_path, calls, capsys):
    root = tmp_path / 'data'
    shutil.copytree(keyframes, root)
    options = {
        f'{split}_dataloader.dataset.data_root': str(root)
        for split in ('train', 'val', 'test')
    }
    study = [dict(rel=str(distilled)), protocols[:1], [0, 1], tmp_path / 'out']
    run_protocols(*study, options)
    calls.clear()
    run_protocols(*study, options)
    assert calls == []
    capsys.readouterr()
    label = root / 'lidarseg/000.bin'
    label.write_bytes(label.read_bytes()[::-1])
    run_protocols(*study, options)
    said = capsys.readouterr().out
    assert ('rel/few/seed0: finished before, but the data has changed since '
            '(train labels, test labels): it is run again.') in said
    assert len(calls) == 4
    # Results of earlier versions, which did not look at the data, are taken.
    calls.clear()
    path = tmp_path / 'out/rel/few/seed0/figures.json'
    figures = json.loads(path.read_text())
    del figures['made_of']['data']
    path.write_text(json.dumps(figures))
    infos = root / 'infos_100_scenes.pkl'
    infos.write_bytes(infos.read_bytes() + b'0')
    run_protocols(*study, options)
    assert 'seed1: finished before, but the data has changed since (train ' \
        'info file, test info file)' in capsys.readouterr().out
    assert len(calls) == 2


def test_the_config_of_a_run(protocols, distilled, tmp_path, calls):
    run_protocols(
        dict(rel=str(distilled)), protocols[:1], [7], tmp_path,
        {'train_cfg.max_epochs': 3})
    cfg = Config.fromfile(tmp_path / 'rel/few/seed7/config.py')
    assert cfg.randomness.seed == 7
    assert cfg.train_cfg.max_epochs == 3
    assert cfg.model.backbone.init_cfg.checkpoint == str(distilled)
    assert cfg.train_dataloader.dataset.scenes == 'every_100th_scene'


def test_a_random_zero_shot_test_saves_an_untrained_model(
        protocols, tmp_path, monkeypatch, calls):
    saved = []
    monkeypatch.setattr(execute, 'save_untrained',
                        lambda config, path: saved.append(path))
    run_protocols(dict(random=''), protocols[1:], [0, 1], tmp_path)
    assert [tool for tool, _ in calls] == ['test', 'test']
    assert len(set(saved)) == 2


def test_a_failure_keeps_the_rest(protocols, distilled, tmp_path, calls,
                                  monkeypatch):
    train = execute.run_train

    def failing(config, work_dir, *flags, **how):
        if 'rel' in config.split('/'):
            raise RuntimeError('no more memory')
        return train(config, work_dir, **how)

    monkeypatch.setattr(execute, 'run_train', failing)
    out = tmp_path / 'out'
    with pytest.raises(RuntimeError, match='1 of 2 runs.*\n.*no more memory'):
        run_protocols(
            dict(rel=str(distilled), random=''), protocols[:1], [0], out)
    assert '2.0 (1)' in (out / 'table.md').read_text()


def test_a_named_start(protocols, tmp_path, calls):
    """Any that the config has, and options go over it."""
    with protocols[0].open('a') as file:
        file.write("starts = dict(slow={'optim_wrapper.optimizer.lr': 1e-3})")
    run_protocols(
        dict(random='', slow=''), protocols[:1], [0], tmp_path,
        {'optim_wrapper.optimizer.momentum': 0.8})
    random, slow = (
        Config.fromfile(tmp_path / f'{name}/few/seed0/config.py')
        for name in ('random', 'slow'))
    assert random.model.backbone.init_cfg is None
    assert random.optim_wrapper.optimizer.lr == 0.05
    assert slow.model.backbone.init_cfg is not None
    assert slow.optim_wrapper.optimizer.lr == 1e-3
    assert slow.optim_wrapper.optimizer.momentum == 0.8
    rows = json.loads((tmp_path / 'table.json').read_text())
    assert [row['start'] for row in rows] == ['random', 'slow']


def test_an_unknown_start(protocols, tmp_path):
    for protocol in protocols:
        with pytest.raises(ValueError, match="no start 'warm'.*'random'"):
            run_protocols(dict(warm=''), [protocol], [0], tmp_path)


def test_a_protocol_without_a_place_for_the_checkpoint(protocols, distilled,
                                                       tmp_path):
    with pytest.raises(ValueError, match='names no checkpoint'):
        run_protocols(
            dict(rel=str(distilled)), protocols[:1], [0], tmp_path / 'out',
            {'model.backbone.init_cfg': None})


@pytest.mark.slow
def test_a_killed_training_goes_on_from_its_checkpoint(protocols, distilled,
                                                       tmp_path):
    """By the real tools; the second call trains the second epoch alone."""
    out = tmp_path / 'out'
    study = [dict(rel=str(distilled)), protocols[:1], [0], out]
    two = {'train_cfg.max_epochs': 2, 'param_scheduler': []}
    run_protocols(*study, two)
    folder = out / 'rel/few/seed0'
    figures = json.loads((folder / 'figures.json').read_text())
    # As a kill in the second epoch leaves it.
    (folder / 'figures.json').unlink()
    (folder / 'train/epoch_2.pth').unlink()
    (folder / 'train/last_checkpoint').write_text(
        str(folder / 'train/epoch_1.pth'))
    log = (folder / 'output.txt').read_text()
    run_protocols(*study, two)
    more = (folder / 'output.txt').read_text()[len(log):]
    assert 'resumed epoch: 1' in more
    again = json.loads((folder / 'figures.json').read_text())
    assert again['made_of'] == figures['made_of']
