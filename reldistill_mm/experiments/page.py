"""Pages whose tables are written by the commands that measured them."""
import re
from pathlib import Path

from ..errors import BadInput, MissingInput
from ..io.files import atomic_path


def require_block(page: Path | None, name: str) -> None:
    """Check that a page has a place for a study, before the study runs.

    Args:
        page (Path, optional): Markdown file; None needs no place.
        name (str): Name of the study.

    Raises:
        BadInput: The page does not have both marks of :func:`fill_block`, once
            each and in order.
        MissingInput: There is no such page.
    """
    if page is not None:
        _split(page, name)


def fill_block(page: Path | None, name: str, text: str) -> None:
    """Write a study's tables into a page, between the marks of that study.

    The marks are the comments ``<!-- begin NAME -->`` and ``<!-- end NAME
    -->``, each on a line of its own.

    Args:
        page (Path, optional): Markdown file; the rest of it stays. None
            writes nothing.
        name (str): Name of the study.
        text (str): Markdown. Its title is left out, and other headings go
            down by one level, below the one that the page has for them.

    Raises:
        BadInput, MissingInput: See :func:`require_block`.
    """
    if page is None:
        return
    before, after = _split(page, name)
    text = re.sub(r'\A# .*\n+', '', text)
    text = re.sub(r'^(#+ )', r'#\1', text, flags=re.MULTILINE).strip()
    with atomic_path(page) as path:
        path.write_text(f'{before}\n{text}\n\n{after}')


def _split(page: Path, name: str) -> tuple[str, str]:
    """Return what comes before a block and after it, marks included."""
    if not page.is_file():
        raise MissingInput(f"--page '{page}' does not exist: name a page that "
                           'has a place for the tables.')
    begin, end = (f'<!-- {word} {name} -->\n' for word in ('begin', 'end'))
    head, *rest = page.read_text().split(begin)
    parts = rest[0].split(end) if len(rest) == 1 else []
    if len(parts) != 2:
        raise BadInput(
            f"'{page}' has no place for '{name}': write the lines "
            f"'{begin.strip()}' and '{end.strip()}' into it, once each.")
    return head + begin, end + parts[1]
