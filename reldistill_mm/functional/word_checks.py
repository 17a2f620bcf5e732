"""Checks of the words and prompts that a user gives."""
from collections.abc import Mapping, Sequence

from ..errors import BadInput


def clean_vocabulary(vocabulary: Mapping[str, str | Sequence[str]],
                     classes: Sequence[str]) -> dict[str, list[str]]:
    """Bring a vocabulary into the order of the classes, and check it.

    Args:
        vocabulary (Mapping[str, str | Sequence[str]]): Class name to a word
            or several; an underscore in a word stands for a space, which
            ``--cfg-options`` drops.
        classes (Sequence[str]): The same names in label order.

    Returns:
        dict[str, list[str]]: Class name to its words.

    Raises:
        BadInput: Other classes than words, a class without a word, an empty
            word, or a word twice, in one class or in two, whose scores would
            be equal. CLIP's tokens have no capitals.

    Example:
        >>> clean_vocabulary(dict(bus='coach', cone='traffic_cone'),
        ...                  ['cone', 'bus'])
        {'cone': ['traffic cone'], 'bus': ['coach']}
    """
    classes = list(classes)
    if sorted(map(str, classes)) != sorted(map(str, vocabulary)):
        raise BadInput(f'classes {classes} are not the keys of the vocabulary '
                       f'{list(vocabulary)}.')
    found = {}
    for name in classes:
        words = vocabulary[name]
        words = [words] if isinstance(words, str) else list(words)
        odd = [word for word in words if not isinstance(word, str)]
        if odd:
            raise BadInput(f"The class '{name}' has {odd} among its words: "
                           'put words in quotes.')
        found[name] = [word.replace('_', ' ') for word in words]
    _check_words(found)
    return found


def _check_words(vocabulary: Mapping[str, Sequence[str]]) -> None:
    empty = [name for name, words in vocabulary.items() if not words]
    if empty or not vocabulary:
        raise BadInput(f'Classes without a word: {empty or "all"}.')
    owner: dict[str, str] = {}
    for name, words in vocabulary.items():
        for word in words:
            key = ' '.join(word.casefold().split())
            if not key:
                raise BadInput(f"The class '{name}' has an empty word.")
            if key in owner:
                both = (f"the classes '{owner[key]}' and '{name}'"
                        if owner[key] != name else f"the class '{name}' twice")
                raise BadInput(f"The word '{word}' stands for {both}: a point "
                               'cannot be told to be one or the other.')
            owner[key] = name


def clean_templates(templates: str | Sequence[str]) -> list[str]:
    """Check prompts.

    Args:
        templates (str | Sequence[str]): One or more, with one ``{}`` each.

    Raises:
        BadInput: There is none, one has no place for the word or more than
            one, or one is given twice.

    Example:
        >>> clean_templates('a photo of a {}.')
        ['a photo of a {}.']
    """
    found = [templates] if isinstance(templates, str) else list(templates)
    bad = [text for text in found if not _has_one_place(text)]
    if bad or not found:
        raise BadInput(f"Every template needs one '{{}}' for the word: {bad}.")
    twice = sorted({text for text in found if found.count(text) > 1})
    if twice:
        raise BadInput(f'The templates {twice} are given more than once.')
    return found


def _has_one_place(template: object) -> bool:
    """Whether a word can be put into a template, by ``str.format``."""
    if not isinstance(template, str) or template.count('{}') != 1:
        return False
    try:
        return 'word' in template.format('word')
    except (LookupError, ValueError):
        return False
