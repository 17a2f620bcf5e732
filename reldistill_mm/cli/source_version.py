"""Name the version of the code that produced a result."""
import subprocess
from pathlib import Path

from ..version import __version__

_PACKAGE = Path(__file__).resolve().parents[1]


def source_version() -> str:
    """Commit of the checkout that holds the package, or its version.

    Returns:
        str: ``'695dc41d2f3a'``, ``'695dc41d2f3a-dirty'`` with changes that
        are not committed, or ``'reldistill_mm 0.1.0'`` where the package is
        installed, or git is missing.
    """
    # An environment may lie inside the checkout of another project.
    commit = None
    if _git('ls-files', '--error-unmatch', 'version.py') is not None:
        commit = _git('describe', '--always', '--dirty', '--abbrev=12',
                      '--exclude=*')
    return commit or f'reldistill_mm {__version__}'


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ['git', '-C', str(_PACKAGE), *arguments],
            capture_output=True,
            text=True)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
