"""Refuse to start on a stack that is known not to work, naming the remedy."""
import importlib
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Callable, List, NamedTuple

from mmengine.utils import digit_version


class Requirement(NamedTuple):
    """A half-open range of versions and what to do outside it."""
    package: str
    minimum: str
    below: str
    remedy: str


REQUIREMENTS = (
    # From 2.6 on, torch.load refuses mmengine 0.10's own checkpoints.
    Requirement('torch', '2.1', '2.6', 'install PyTorch 2.1 to 2.5'),
    Requirement('mmengine', '0.10.4', '0.11',
                "pip install 'mmengine>=0.10.4,<0.11'"),
    Requirement(
        'mmcv', '2.0.0rc4', '2.2.0',
        'mmdet3d 1.4.0 takes mmcv below 2.2.0; install mmcv 2.1.0 built for '
        'your torch (see "GPU" in the README)'),
    Requirement('mmdet', '3.1.0', '3.4.0', "pip install 'mmdet==3.3.0'"),
    Requirement('mmdet3d', '1.4.0', '1.5.0', "pip install 'mmdet3d==1.4.0'"),
    Requirement('open_clip_torch', '3.3.0', '4',
                "pip install 'open_clip_torch==3.3.0'"),
    Requirement('numpy', '1.23', '2', "pip install 'numpy<2'"),
    # mmengine 0.10 reads configs of other packages through pkg_resources.
    Requirement('setuptools', '60', '81', "pip install 'setuptools<81'"),
)


def check_spconv() -> List[str]:
    """Problems with spconv, whatever its distribution is called.

    Without spconv 2, mmdet3d's backbone falls back to mmcv's spconv 1, whose
    weights have another layout.
    """
    remedy = ("pip install 'spconv-cu121' (or what fits your CUDA), without "
              "a GPU pip install 'spconv==2.3.8' 'cumm<0.8'")
    if find_spec('spconv') is None:
        return [f'spconv is not installed: {remedy}']
    found = importlib.import_module('spconv').__version__
    if digit_version(found) < digit_version('2.3'):
        return [f'spconv {found} is older than 2.3: {remedy}']
    return []


def check_versions(installed: Callable[[str], str] = version) -> None:
    """Check every package of :data:`REQUIREMENTS`.

    Args:
        installed (Callable): Returns the version of a distribution, or
            raises ``PackageNotFoundError``.

    Raises:
        ImportError: A package is missing or outside its range; the message
            lists all of them with the remedy.
    """
    problems = []
    for package, minimum, below, remedy in REQUIREMENTS:
        try:
            found = installed(package)
        except PackageNotFoundError:
            problems.append(f'{package} is not installed: {remedy}')
            continue
        plain = found.split('+')[0]
        if not (digit_version(minimum) <= digit_version(plain) <
                digit_version(below)):
            problems.append(f'{package} {found} is outside '
                            f'[{minimum}, {below}): {remedy}')
    problems += check_spconv()
    if problems:
        raise ImportError('reldistill_mm cannot run on this stack:\n  - ' +
                          '\n  - '.join(problems))
