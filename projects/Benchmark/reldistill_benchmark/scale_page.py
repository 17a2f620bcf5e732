"""Write docs/scale.md from the figures of the suite 'scale'."""
from typing import Any

from .report import origin, with_notes
from .suites import WRITTEN

_HEAD = (
    '# Scale\n\nWhat runs on 1 to 64 GPUs need: measured where one small '
    'machine can measure it,\nand computed from there on. `{command} --page '
    'docs/scale.md` measures and\nwrites this page; with `--json FILE`, '
    '`--markdown FILE --page docs/scale.md`\nwrites it again.\n')


def page(figures: dict[str, Any]) -> str:
    """Format the page as Markdown.

    Args:
        figures (dict): What :func:`.run_suites` returned, with the suite
            'scale'.
    """
    lines = [_HEAD.format(command=figures['command'])]
    for row in figures['suites'][WRITTEN]:
        lines += [f"## {row['case']}", '', with_notes(row), '']
    return '\n'.join([*lines, origin(figures)]) + '\n'
