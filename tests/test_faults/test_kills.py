"""kill -9 at random moments, each followed by the same command.

``RELDISTILL_KILLS=20`` asks for twenty moments of each; two are usual.
``RELDISTILL_KILL_ENV`` names a folder ``.uv`` (as ``make env`` makes it, its
cache filled) and asks for ``make env``, too, which takes minutes.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from small_options import as_arguments, make_downstream_options, make_options
from test_faults.prepared_process import ROOT, PreparedProcess

MOMENTS = int(os.environ.get('RELDISTILL_KILLS', 2))
SEED = 0


def kill_at_random(run: Callable, command: Callable[[Path], list],
                   result: Callable[[Path], object], folder: Path,
                   moments: int, seed: int) -> list[float]:
    """Kill a command at random moments; the same command mends all of it.

    Args:
        run (Callable): Takes a command and ``kill_after``; returns exit code
            and output.
        command (Callable): Command that writes to a folder.
        result (Callable): What a folder then holds, to be compared.
        folder (Path): Place for folders.
        moments (int): Number of kills.
        seed (int): Seed of the moments.

    Returns:
        list[float]: Seconds after which it was killed.
    """
    start = time.monotonic()
    code, text = run(command(folder / 'whole'))
    seconds = time.monotonic() - start
    assert code == 0, text[-3000:]
    wanted = result(folder / 'whole')
    rng = random.Random(seed)
    killed = []
    for number in range(moments):
        place = folder / f'killed{number}'
        moment = rng.uniform(0.02, 1) * seconds
        code, text = run(command(place), kill_after=moment)
        # It may have been faster than the kill.
        assert code in (-signal.SIGKILL, 0), text[-3000:]
        code, text = run(command(place))
        assert code == 0, f'killed after {moment:.2f} s: {text[-3000:]}'
        assert result(place) == wanted, f'killed after {moment:.2f} s'
        killed.append(round(moment, 2))
        shutil.rmtree(place)
    return killed


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    process = PreparedProcess(tmp_path_factory.mktemp('commands'))
    yield process.run
    process.close()


@pytest.fixture
def options(keyframes, tiny_clip, clip_weights) -> dict:
    options = make_options(str(keyframes), 'infos_100_scenes.pkl', tiny_clip)
    options['model.teacher.pretrained'] = clip_weights
    options['train_dataloader.dataset.indices'] = 8
    return options


def content(path: Path) -> dict:
    """Tensors of a file of the cache."""
    with safe_open(path, 'np') as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}


@pytest.mark.slow
def test_cache_teacher(run, options, tmp_path):
    """Every file of the cache is whole and the same."""

    def command(folder: Path) -> list:
        return [
            ROOT / 'tools/cache_teacher.py',
            ROOT / 'configs/reldistill_nus_cached.py', '--out', folder,
            '--workers', 0, *as_arguments(options)
        ]

    def result(folder: Path) -> dict:
        return {
            path.name: content(path)
            for path in folder.glob('*.safetensors')
        }

    kill_at_random(run, command, result, tmp_path, MOMENTS, SEED)
    # Two recordings of a scene each.
    assert len(result(tmp_path / 'whole')) > 1


@pytest.mark.slow
def test_cache_teacher_in_shards(run, options, tmp_path):
    """The shards and their index are the same, and no file is left."""

    def command(folder: Path) -> list:
        return [
            ROOT / 'tools/cache_teacher.py',
            ROOT / 'configs/reldistill_nus_cached.py', '--out', folder,
            '--workers', 0, '--shards', 1, *as_arguments(options)
        ]

    def result(folder: Path) -> dict:
        assert not list(folder.glob('[!.]*.safetensors'))
        return {path.name: path.read_bytes() for path in folder.glob('shard*')}

    kill_at_random(run, command, result, tmp_path, MOMENTS, SEED)
    assert 'shards.json' in result(tmp_path / 'whole')


def weights(path: Path) -> dict:
    found = torch.load(path, map_location='cpu', weights_only=False)
    return {
        name: value.numpy().tobytes()
        for name, value in found['state_dict'].items()
    }


@pytest.mark.slow
def test_train(run, options, tmp_path):
    """Resumed wherever it was killed, it ends with the same weights."""
    options.update({
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 5,
        'default_hooks.checkpoint.by_epoch': False,
        'default_hooks.checkpoint.interval': 1,
        'model.pair_sampler.count': 128,
        'train_dataloader.dataset.indices': 4
    })

    def command(folder: Path) -> list:
        return [
            ROOT / 'tools/train.py', ROOT / 'configs/reldistill_nus.py',
            '--work-dir', folder, '--resume', *as_arguments(options)
        ]

    def result(folder: Path) -> dict:
        last = Path((folder / 'last_checkpoint').read_text())
        assert (folder / last.name).is_file()
        return weights(folder / last.name)

    kill_at_random(run, command, result, tmp_path, MOMENTS, SEED)


CONFIG = """_base_ = [__import__('reldistill_mm').config_path({base!r})]
"""


@pytest.mark.slow
def test_run_protocol(run, keyframes, tmp_path):
    """A study that was killed ends with the same figures."""
    options = make_downstream_options(str(keyframes), 'infos_100_scenes.pkl')
    options.update({
        'train_cfg.max_epochs': 1,
        'val_dataloader.dataset.indices': 2,
        'test_dataloader.dataset.indices': 2,
    })
    config = tmp_path / 'few.py'
    config.write_text(CONFIG.format(base='downstream/finetune_nus_1pct.py'))

    def command(folder: Path) -> list:
        return [
            ROOT / 'tools/run_protocol.py', '--start', 'random', '--protocols',
            config, '--seeds', 1, '--out', folder, *as_arguments(options)
        ]

    def result(folder: Path) -> str:
        found, = folder.rglob('figures.json')
        assert (folder / 'table.md').is_file()
        metrics = json.loads(found.read_text())['metrics']
        # As text, since NaN is not equal to itself.
        return repr([(name, value) for name, value in metrics.items()
                     if 'time' not in name])

    kill_at_random(run, command, result, tmp_path, MOMENTS, SEED)


@pytest.mark.slow
@pytest.mark.skipif(
    'RELDISTILL_KILL_ENV' not in os.environ,
    reason='takes minutes: RELDISTILL_KILL_ENV=/path/of/a/checkout/.uv')
def test_make_env(tmp_path):
    """An environment whose making was killed is made whole."""
    uv = Path(os.environ['RELDISTILL_KILL_ENV'])
    log = tmp_path / 'output.txt'

    def command(folder: Path) -> list:
        if not folder.exists():
            subprocess.run(['git', 'clone', '-q', ROOT, folder], check=True)
            shutil.copytree(uv, folder / '.uv', symlinks=True)
        return ['make', '-C', folder, 'env']

    def run_group(command, kill_after=None):
        with open(log, 'w') as file:
            process = subprocess.Popen([*map(str, command)],
                                       stdout=file,
                                       stderr=file,
                                       start_new_session=True)
        if kill_after is not None:
            time.sleep(kill_after)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return process.wait(), log.read_text()

    def result(folder: Path) -> str:
        python = folder / '.venv/bin/python'
        return subprocess.run([
            str(python), '-c', 'import importlib.metadata as m, reldistill_mm;'
            'print(sorted(d.name + d.version for d in m.distributions()))'
        ],
                              check=True,
                              capture_output=True,
                              cwd=tmp_path,
                              text=True).stdout

    kill_at_random(run_group, command, result, tmp_path, MOMENTS, SEED)
