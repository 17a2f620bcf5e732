"""Report what is installed, what is wrong with it, and how to fix it.

``python tools/doctor.py`` prints a report to copy into an issue; it ends with
a forward and a backward pass of the student. It also runs on a broken stack:
whatever cannot be imported is reported, so nothing is imported before it is
needed.
"""
from __future__ import annotations

import argparse
import importlib
import os
import platform
import shutil
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

PACKAGES = ('reldistill_mm', 'torch', 'torchvision', 'numpy', 'mmengine',
            'mmcv', 'mmcv-lite', 'mmdet', 'mmdet3d', 'spconv', 'spconv-cu118',
            'spconv-cu120', 'spconv-cu121', 'spconv-cu124', 'spconv-cu126',
            'open_clip_torch', 'timm', 'nuscenes-devkit', 'setuptools')
# Bytes below which a training is likely to fail.
LEAST_DISK = 2e9
SPCONV_CUDA = ('one of spconv-cu126, cu124, cu121, cu118 (`make env '
               'CUDA=cu126`)')


def version(name: str) -> str | None:
    """Return the version of a distribution, None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def remedy(error: Exception) -> str:
    """Return what to do about a check that failed."""
    if (Path(sys.prefix) / 'made_by_make_env').is_file():
        return 'this environment is damaged: make distclean, then make env'
    if isinstance(error, ImportError):
        return ('this Python lacks it: run `make doctor`, or this file by the '
                "Python of the project's environment (docs/install.md)")
    return 'please open an issue with this report'


def gigabytes(place: Path) -> str:
    """Return the free space on a folder's file system."""
    while not place.exists():
        place = place.parent
    return f'{shutil.disk_usage(place).free / 1e9:.0f} GB free'


def tree_gigabytes(folder: Path) -> str:
    """Return the size of a folder's content."""
    size = sum(path.stat().st_size for path in folder.rglob('*')
               if path.is_file() and not path.is_symlink())
    return f'{size / 1e9:.1f} GB'


class Report:
    """Print findings and keep problems."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def say(self, title: str, text: str) -> None:
        """Print a finding."""
        print(f'{title:<16}{text}', flush=True)

    def wrong(self, text: str) -> None:
        """Keep a problem, with its remedy, for the end."""
        self.problems.append(text)

    def attempt(self, title: str, check: Callable[[Report], None]) -> None:
        """Run a check; an exception is a finding, too."""
        try:
            check(self)
        except Exception as error:  # noqa: BLE001 - any failure is reported
            text = ' '.join(str(error).split())[:500]
            self.say(title, f'failed: {type(error).__name__}: {text}')
            self.wrong(f'{title}: {text} ({remedy(error)})')


def check_machine(report: Report) -> None:
    """Check system, Python, memory and disk."""
    report.say('system', f'{platform.platform()}, {os.cpu_count()} cores')
    report.say('python', f'{sys.version.split()[0]} at {sys.prefix}')
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        report.wrong('Python 3.11 to 3.13 is needed: make env PYTHON=...')
    pages = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    report.say('memory', f'{pages / 1e9:.0f} GB')
    report.say('disk', f'{gigabytes(Path.cwd())} in {Path.cwd()}')
    if shutil.disk_usage(Path.cwd()).free < LEAST_DISK:
        report.wrong(f'the disk of {Path.cwd()} is nearly full: a checkpoint '
                     'of the recipe needs 0.5 GB, and the cache of its '
                     'teacher up to 650 GB')


def check_packages(report: Report) -> None:
    """Check what is installed, and that it is one of each kind."""
    found = {name: version(name) for name in PACKAGES}
    report.say(
        'packages',
        ', '.join(f'{name} {has}' for name, has in found.items() if has))
    if found['mmcv'] and found['mmcv-lite']:
        report.wrong('mmcv and mmcv-lite are both installed and hold the same '
                     'files: pip uninstall both, then install one')
    sparse = [
        name for name, has in found.items()
        if has and name.startswith('spconv')
    ]
    if len(sparse) != 1:
        report.wrong(f"{' and '.join(sparse) or 'no spconv'} installed: one "
                     "is needed, spconv without a GPU, else "
                     f'{SPCONV_CUDA}')


def check_torch(report: Report) -> None:
    """Check CUDA as torch sees it."""
    torch = importlib.import_module('torch')
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            major, minor = torch.cuda.get_device_capability(index)
            report.say(
                f'cuda:{index}',
                f'{torch.cuda.get_device_name(index)}, capability '
                f'{major}.{minor}, CUDA {torch.version.cuda}')
        return
    report.say(
        'cuda', 'no GPU that torch can use (built for CUDA '
        f'{torch.version.cuda})')
    if shutil.which('nvidia-smi'):
        report.wrong('nvidia-smi is there, but torch cannot use the GPU: its '
                     f'driver may be too old for CUDA {torch.version.cuda}; '
                     'update it, or install a torch for an older CUDA')


def check_spconv(report: Report) -> None:
    """Check that spconv's build fits the machine."""
    importlib.import_module('spconv.pytorch')
    tensorview = importlib.import_module('cumm.tensorview')
    torch = importlib.import_module('torch')
    cpu_only = tensorview.is_cpu_only()
    # spconv does not say it; the name of its distribution does.
    name = next((name for name in PACKAGES
                 if name.startswith('spconv-cu') and version(name)), 'spconv')
    built = ('the CPU' if cpu_only else 'CUDA '
             f'{name[-3:-1]}.{name[-1]}' if name[-1].isdigit() else 'CUDA')
    seen = ('' if cpu_only or not torch.cuda.is_available() else
            ', which sees capability {}.{}'.format(
                *tensorview.get_compute_capability(0)))
    report.say('spconv', f'{name} {version(name)}, for {built}{seen}')
    if torch.cuda.is_available() and cpu_only:
        report.wrong('there is a GPU, but spconv is built for the CPU: pip '
                     f'uninstall spconv cumm, then install {SPCONV_CUDA}')


def check_mmcv(report: Report) -> None:
    """Check whether mmcv's operators are compiled, absent or replaced."""
    mmcv = importlib.import_module('mmcv')
    files = sorted(Path(mmcv.__file__).parent.glob('_ext*'))
    names = [path.suffix for path in files]
    if '.so' in names:
        importlib.import_module('mmcv._ext')
        report.say('mmcv', 'with compiled operators')
    elif '.py' in names:
        report.say('mmcv', 'without operators (this project needs none)')
    else:
        report.wrong('mmcv-lite lacks its stand-in for operators, so mmdet3d '
                     'cannot be imported: pip install '
                     './requirements/mmcv_no_operators')


def check_clip(report: Report) -> None:
    """Report where CLIP's weights are kept."""
    hub = Path(
        os.environ.get('HF_HUB_CACHE')
        or Path(os.environ.get('HF_HOME', '~/.cache/huggingface')) / 'hub')
    for place in (hub.expanduser(), Path('~/.cache/clip').expanduser()):
        held = tree_gigabytes(place) if place.is_dir() else 'empty'
        report.say('CLIP cache', f'{place}: {held}, {gigabytes(place)}')


def check_student(report: Report, device: str | None = None) -> None:
    """Run a forward and a backward pass of the recipe's student."""
    torch = importlib.import_module('torch')
    ours = importlib.import_module('reldistill_mm')
    config = importlib.import_module('mmengine.config').Config
    registry = importlib.import_module('mmdet3d.registry').MODELS
    sample = importlib.import_module('mmdet3d.structures').Det3DDataSample
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    cfg = config.fromfile(ours.config_path('reldistill_nus.py')).model
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(
        5000, 4, generator=generator) * torch.tensor([40., 40., 3., 1.])
    preprocess = registry.build(cfg.data_preprocessor).to(device)
    student = registry.build(cfg.backbone).to(device).train()
    start = time.perf_counter()
    batch = preprocess.voxelize([points.to(device)], [sample()])
    features = student(batch['voxels'], batch['coors'])
    features.square().mean().backward()
    gradients = [item.grad for item in student.parameters()]
    finite = all(
        item is not None and bool(item.isfinite().all()) for item in gradients)
    report.say(
        'student', f'{len(features)} voxels forward and backward in '
        f'{time.perf_counter() - start:.1f} s on {device}')
    if not finite:
        report.wrong(f'the student has no finite gradients on {device}: '
                     'please open an issue with this report')


def main() -> int:
    """Print the report; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--device',
        help='device for the student (default: '
        'a GPU if there is one, else the CPU)')
    args = parser.parse_args()
    # mmengine's own, of what the pinned setuptools still has.
    warnings.filterwarnings('ignore', message='.*pkg_resources')
    report = Report()
    for title, check in (('machine', check_machine), ('packages',
                                                      check_packages),
                         ('torch', check_torch), ('spconv', check_spconv),
                         ('mmcv', check_mmcv), ('CLIP cache', check_clip)):
        report.attempt(title, check)
    report.attempt('student', lambda to: check_student(to, args.device))
    for problem in report.problems:
        print(f'WRONG: {problem}')
    print('Nothing is wrong.' if not report.problems else
          f'To fix, see above: {len(report.problems)}.')
    return bool(report.problems)


if __name__ == '__main__':
    sys.exit(main())
