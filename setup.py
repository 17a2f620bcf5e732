"""Packaging of ``reldistill_mm``; imports nothing but setuptools."""

import os
import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PACKAGE = 'reldistill_mm'
# What `mim` and `mmengine.hub` look for in an installed package.
MIM_ENTRIES = ('configs', 'tools', 'model-index.yml')
# The set-up of a checkout's environment is of no use outside the checkout.
MIM_EXCLUDED = ('tools/env', )


def read_version() -> str:
    """Read the version without importing the package, hence torch."""
    text = (ROOT / PACKAGE / 'version.py').read_text(encoding='utf-8')
    found = re.search(r"^__version__ = '([^']+)'", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f'no __version__ in {PACKAGE}/version.py')
    return found.group(1)


def read_requirements(name: str) -> list[str]:
    """Read the requirements of ``requirements/<name>.txt``."""
    path = ROOT / 'requirements' / f'{name}.txt'
    lines = path.read_text(encoding='utf-8').splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def read_readme() -> str:
    """Read the long description."""
    path = ROOT / 'README.md'
    return path.read_text(encoding='utf-8') if path.is_file() else ''


def mim_files() -> list[Path]:
    """List the files of ``.mim``, relative to the project.

    Linked directories are not descended into, so that no link can bring in
    a file twice or lead in a circle.
    """
    files = []
    for entry in MIM_ENTRIES:
        if (ROOT / entry).is_file():
            files.append(Path(entry))
        for folder, names, leaves in os.walk(ROOT / entry):
            place = Path(folder).relative_to(ROOT)
            names[:] = [
                name for name in names if name != '__pycache__' and (
                    place / name).as_posix() not in MIM_EXCLUDED
            ]
            files += [
                place / leaf for leaf in leaves
                if not leaf.endswith(('.pyc', '.pyo'))
            ]
    return sorted(files)


class BuildPyWithMim(build_py):
    """Put ``configs`` and ``tools`` into the package under ``.mim``."""

    def run(self) -> None:
        """Copy into the wheel; link in an editable install."""
        super().run()
        if self.editable_mode:
            self.link_mim()
        else:
            self.copy_mim()

    def copy_mim(self) -> None:
        """Copy the files below the build directory."""
        target = Path(self.build_lib) / PACKAGE / '.mim'
        # A build directory left behind may hold files that are gone.
        shutil.rmtree(target, ignore_errors=True)
        for file in mim_files():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, target / file)

    def link_mim(self) -> None:
        """Make links in the source tree, so that edits count at once."""
        target = ROOT / PACKAGE / '.mim'
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for entry in MIM_ENTRIES:
            if (ROOT / entry).exists():
                (target / entry).symlink_to(Path('..', '..', entry))


extras = {name: read_requirements(name) for name in ('test', 'vis', 'cpu')}
# Without 'cpu': its spconv would overwrite the one of a GPU environment.
extras['all'] = extras['test'] + extras['vis']

setup(
    name=PACKAGE,
    version=read_version(),
    description='Relational distillation of image features into 3D '
    'backbones, as a plugin of MMDetection3D',
    long_description=read_readme(),
    long_description_content_type='text/markdown',
    author='The reldistill_mm authors',
    license='Apache License 2.0',
    classifiers=[
        'Development Status :: 4 - Beta',
        'License :: OSI Approved :: Apache Software License',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
    ],
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    # Hidden directories, thus .mim, do not match.
    package_data={PACKAGE: ['**/*']},
    exclude_package_data={PACKAGE: ['**/__pycache__/*', '*.py[co]']},
    include_package_data=False,
    python_requires='>=3.10',
    install_requires=read_requirements('runtime'),
    extras_require=extras,
    cmdclass={'build_py': BuildPyWithMim},
    zip_safe=False,
)
