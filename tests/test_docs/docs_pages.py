"""The pages of the documentation, and the blocks and names in them."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
PAGES = sorted(
    path for path in (ROOT / 'README.md', ROOT / 'CONTRIBUTING.md',
                      *DOCS.rglob('*.md')) if '_build' not in path.parts)

_BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.M | re.S)
_SPAN = re.compile(r'`([^`\n]+)`')


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *languages: str) -> list[str]:
    """Fenced blocks in one of ``languages``, in order."""
    return [
        code for language, code in _BLOCK.findall(path.read_text())
        if language in languages
    ]


def prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return _BLOCK.sub('', path.read_text())


def spans(path: Path) -> list[str]:
    """What the prose sets as code."""
    return _SPAN.findall(prose(path))


def package_files(path: Path) -> dict[str, str]:
    """Blocks whose first line is the comment ``# PATH``, by that path."""
    files = {}
    for code in blocks(path, 'python'):
        title = re.match(r'# ([\w/]+\.py)\n', code)
        if title:
            assert title[1] not in files, f'{title[1]} is there twice'
            files[title[1]] = code
    return files
