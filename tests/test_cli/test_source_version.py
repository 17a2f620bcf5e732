"""Name the version of the code that produced a result."""
import subprocess

from reldistill_mm.cli import source_version as module
from reldistill_mm.version import __version__


def git(folder, *arguments):
    subprocess.run([
        'git', '-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b',
        *arguments
    ],
                   check=True,
                   capture_output=True)


def test_commit_and_changes(tmp_path, monkeypatch):
    package = tmp_path / 'package'
    package.mkdir()
    (package / 'version.py').write_text('1\n')
    git(tmp_path, 'init')
    monkeypatch.setattr(module, '_PACKAGE', package)
    # A checkout of something else, which the package is not part of.
    assert module.source_version() == f'reldistill_mm {__version__}'
    git(tmp_path, 'add', '.')
    git(tmp_path, 'commit', '-m', 'first')
    head = subprocess.run(['git', '-C', tmp_path, 'rev-parse', 'HEAD'],
                          capture_output=True,
                          text=True).stdout
    assert module.source_version() == head[:12]
    (package / 'version.py').write_text('2\n')
    assert module.source_version() == f'{head[:12]}-dirty'
    monkeypatch.setenv('PATH', '')
    assert module.source_version() == f'reldistill_mm {__version__}'
