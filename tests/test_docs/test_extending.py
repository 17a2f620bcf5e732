"""The recipes of docs/extending.md, run from outside the repository."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from docs_pages import DOCS, ROOT, package_files
from small_options import as_arguments, make_options

FILES = package_files(DOCS / 'extending.md')
KINDS = ('loss', 'sampler', 'teacher', 'transform', 'student', 'dataset')


def run(project: Path, *command: str) -> str:
    """The output of a Python command, which must succeed."""
    paths = [str(project), str(ROOT)]
    result = subprocess.run([sys.executable, *command],
                            cwd=project,
                            text=True,
                            stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT,
                            env=dict(
                                os.environ,
                                PYTHONPATH=os.pathsep.join(paths),
                                OMP_NUM_THREADS='1'))
    assert result.returncode == 0, result.stdout[-4000:]
    return result.stdout


@pytest.fixture(scope='module')
def project(tmp_path_factory) -> Path:
    """The package of the page, in a folder of its own."""
    root = tmp_path_factory.mktemp('my_project')
    for name, code in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return root


@pytest.fixture(scope='module')
def own_data(project, keyframes) -> Path:
    """Two keyframes of one camera, in the layout that the page describes."""
    from tiny_nuscenes import FOCAL, HEIGHT, WIDTH, lidar2cam
    root = project / 'data' / 'own'
    (root / 'clouds').mkdir(parents=True)
    (root / 'images').mkdir()
    for path in (keyframes / 'samples/LIDAR_TOP').iterdir():
        name = path.name.removesuffix('.pcd.bin')
        points = np.fromfile(path, np.float32).reshape(-1, 5)[:, :4]
        points.tofile(root / 'clouds' / f'{name}.bin')
        shutil.copy(keyframes / f'samples/CAM_FRONT/{name}.jpg',
                    root / 'images')
    (root / 'calibration.json').write_text(
        json.dumps(
            dict(
                lidar2cam=lidar2cam(0).tolist(),
                cam2img=[[FOCAL, 0, (WIDTH - 1) / 2],
                         [0, FOCAL, (HEIGHT - 1) / 2], [0, 0, 1]])))
    run(project, 'make_infos.py', 'data/own')
    return root


def test_every_kind_has_its_file():
    expected = {f'my_pkg/{kind}.py' for kind in ('__init__', *KINDS)}
    expected |= {f'tests/test_{kind}.py' for kind in KINDS[:-1]}
    expected |= {'configs/my_config.py', 'configs/my_config_cached.py'}
    assert expected | {'make_infos.py'} == set(FILES)


def copied(path: str) -> str:
    """A file of ours as the page says to copy it."""
    package = path.split('/')[:-1]

    def in_full(match: re.Match) -> str:
        base = package[:len(package) - len(match[1]) + 1]
        return f"from {'.'.join([*base, match[2]]).rstrip('.')}"

    code = re.sub(
        r'^from (\.+)(\w*)', in_full, (ROOT / path).read_text(), flags=re.M)
    for name in re.findall(r'^class (\w+)', code, re.M):
        code = re.sub(rf'\b{name}\b', f'My{name}', code)
    return code


@pytest.mark.slow
def test_files_to_copy_can_be_copied(project):
    paths = re.findall(r'^\| file to copy \|.*?`(\S+\.py)`',
                       (DOCS / 'extending.md').read_text(), re.M)
    assert len(paths) == 4
    for place, path in enumerate(paths):
        (project / f'copy_{place}.py').write_text(copied(path))
    run(
        project, '-c', 'import reldistill_mm, copy_0, copy_1, copy_2, copy_3\n'
        'from reldistill_mm.datasets.transforms.traits import is_random\n'
        "assert not is_random(dict(type='MyScaleIntensity'))")


@pytest.mark.slow
def test_tests_of_the_package_pass(project):
    out = run(project, '-m', 'pytest', '-q', 'tests', '-p', 'no:cacheprovider')
    assert ' passed' in out and 'skipped' not in out


@pytest.fixture(scope='module')
def options(project) -> dict:
    """What shrinks student and teacher; the data and the rest are the page's.
    """
    import timm
    network = timm.create_model('test_vit', num_classes=0)
    weights = project / 'vit.pth'
    torch.save(network.state_dict(), weights)
    # Multiples of this teacher's patch.
    config = project / 'configs/my_config.py'
    written = config.read_text()
    assert written.count('size = (224, 420)') == 1
    config.write_text(written.replace('(224, 420)', '(96, 160)'))
    small = {
        key: value
        for key, value in make_options('', '', '').items()
        if key.startswith('model.backbone')
    }
    return small | {
        'model.projector.in_channels': 8,
        'model.projector.out_channels': network.num_features,
        'model.teacher.model': 'test_vit',
        'model.teacher.weights': str(weights),
        'model.data_preprocessor.mean': [127.5] * 3,
        'model.data_preprocessor.std': [127.5] * 3,
        'model.pair_sampler.count': 100,
        'train_cfg.max_epochs': 1,
        'train_dataloader.batch_size': 2,
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'default_hooks.logger.interval': 1,
    }


def train_one_step(project: Path, name: str, options: dict) -> None:
    """Train on the two keyframes, and look at what was logged and saved."""
    out = project / f'out_{name}'
    run(project, str(ROOT / 'tools/train.py'), f'configs/{name}.py',
        '--work-dir', str(out), *as_arguments(options))
    scalars, = out.glob('*/vis_data/scalars.json')
    steps = [json.loads(line) for line in scalars.read_text().splitlines()]
    assert len(steps) == 1
    assert 0 < steps[0]['loss_huber'] == steps[0]['loss']
    assert steps[0]['num_pairs'] == 100
    state = torch.load(out / 'epoch_1.pth', weights_only=False)
    assert not [name for name in state['state_dict'] if 'teacher' in name]


@pytest.mark.slow
def test_one_step_of_all_recipes(project, own_data, options):
    """A config outside the repository that inherits ours trains one step."""
    train_one_step(project, 'my_config', options)


@pytest.mark.slow
def test_one_step_on_a_cache_of_own_data(project, own_data, options):
    """The cache is made of the page's data, and lies where the page says."""
    name = 'my_config_cached'
    out = run(project, str(ROOT / 'tools/cache_teacher.py'),
              f'configs/{name}.py', '--pairs', '200', '--workers', '0',
              *as_arguments(options))
    assert 'data/own/teacher_cache: 2 keyframes' in out
    train_one_step(project, name, options)


@pytest.mark.slow
def test_pairs_of_own_data_are_drawn(project, own_data, options):
    run(project, str(ROOT / 'tools/browse_pairs.py'), 'configs/my_config.py',
        '--out', 'pairs.png')
    assert (project / 'pairs.png').stat().st_size
