"""Write ``requirements/lock-py311.txt`` from the running environment.

Only what the requirements of ``lock-py311.in`` reach is written, so that a
tool that was installed by hand does not end up in the lock.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parents[2] / 'requirements'
HEADER = """\
# Every package of the environment of `make env`, direct and transitive, for
# CPython 3.11 on Linux x86_64; installed with --no-deps, so this list is the
# whole truth. Made by tools/env/freeze_lock.py from lock-py311.in.
"""


def read_requirements(path: Path) -> list[Requirement]:
    """Read a requirement file and those that it includes."""
    found = []
    for line in path.read_text(encoding='utf-8').splitlines():
        line = line.split('#')[0].strip()
        if line.startswith('-r '):
            found += read_requirements(path.parent / line[3:].strip())
        elif line:
            found.append(Requirement(line))
    return found


def reach(roots: list[Requirement]) -> dict[str, str]:
    """Collect the version of each distribution that ``roots`` need."""
    pins: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = list(roots)
    while queue:
        requirement = queue.pop()
        dist = metadata.distribution(requirement.name)
        name = canonicalize_name(requirement.name)
        pins[name] = dist.version
        for extra in ['', *requirement.extras]:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in dist.requires or []:
                needed = Requirement(text)
                marker = needed.marker
                if marker is None or marker.evaluate({'extra': extra}):
                    queue.append(needed)
    return pins


def main() -> None:
    """Write the lock file."""
    if sys.version_info[:2] != (3, 11):
        sys.exit('error: the lock is for Python 3.11')
    pins = reach(read_requirements(REQUIREMENTS / 'lock-py311.in'))
    lines = [f'{name}=={pins[name]}\n' for name in sorted(pins)]
    text = HEADER + ''.join(lines)
    (REQUIREMENTS / 'lock-py311.txt').write_text(text, encoding='utf-8')
    print(f'{len(pins)} packages locked')


if __name__ == '__main__':
    main()
