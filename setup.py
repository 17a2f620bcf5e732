"""Put ``configs`` and ``tools`` into the package as ``.mim``.

All else about the package stands in ``pyproject.toml``.
"""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PACKAGE = 'reldistill_mm'
# What `mim` and `mmengine.hub` look for in an installed package.
MIM_ENTRIES = ('configs', 'tools', 'model-index.yml')
# Sets up the environment of a checkout; of no use outside one.
MIM_EXCLUDED = ('tools/make_env.py', )


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
            names[:] = [name for name in names if name != '__pycache__']
            files += [
                place / leaf for leaf in leaves
                if not leaf.endswith(('.pyc', '.pyo')) and (
                    place / leaf).as_posix() not in MIM_EXCLUDED
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


setup(cmdclass={'build_py': BuildPyWithMim})
