"""A list of common words and street words, made by hand."""
from functools import cache
from pathlib import Path

from ..errors import BadInput
from .prompts import parse_words

_FILE = Path(__file__).parent / 'data' / 'common_words.txt'


@cache
def common_words() -> tuple[str, ...]:
    """The words of ``functional/data/common_words.txt``, each once.

    Example:
        >>> 'traffic light' in common_words()
        True
    """
    return parse_word_list(_FILE.read_text('utf-8'), _FILE.name)


def parse_word_list(text: str, source: str) -> tuple[str, ...]:
    """Read a list of words.

    Args:
        text (str): Words separated by commas or line ends; lines that begin
            with # are comments.
        source (str): Name of the file, for errors.

    Returns:
        tuple[str, ...]: The words in their order, each once.

    Raises:
        BadInput: There are none, or one has characters that no word has.

    Example:
        >>> parse_word_list('# a comment\\ncar, road\\ncar', 'words.txt')
        ('car', 'road')
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.lstrip().startswith('#'):
            continue
        for word in (' '.join(part.split()) for part in line.split(',')):
            if word:
                parse_words(word)
                found.setdefault(word.casefold(), word)
    if not found:
        raise BadInput(f"'{source}' holds no words: write them one per line, "
                       'or separated by commas.')
    return tuple(found.values())
