"""Values on the command line (``--cfg-options KEY=VALUE``), read as written.

mmengine's own parser drops every space, so that ``police car`` becomes
``policecar``, and takes ids for numbers: Python reads ``00_000001`` as 1 and
``08`` as 8. Everything else is read as mmengine reads it.
"""
import re
from typing import Any

from ..errors import BadInput

# No underscores and, before other digits, no zeros: those are names.
_INTEGER = re.compile(r'[+-]?(0|[1-9]\d*)', re.ASCII)
_FLOAT = re.compile(
    r'[+-]?((\d+\.\d*|\.\d+)(e[+-]?\d+)?|\d+e[+-]?\d+|inf(inity)?|nan)',
    re.ASCII | re.IGNORECASE)
_WORDS = {'true': True, 'false': False}
_BRACKETS = {'(': ')', '[': ']'}
_QUOTES = '\'"'


def option_value(text: str) -> Any:
    """Read a value.

    Args:
        text (str): ``1``, ``true``, ``None``, a word, several words, or a
            list or tuple of them: ``[car, police car]``, ``(1, 2)``, ``a,b``.
            In quotes everything is text: ``['111']``.

    Returns:
        object: Number, bool, None, text, list or tuple.

    Raises:
        BadInput: Brackets or quotes that do not match, or a dict.

    Example:
        >>> option_value('[00_000001, police car, 0.5]')
        ['00_000001', 'police car', 0.5]
    """
    text = text.strip()
    if text.startswith('{') or re.match(r'dict\s*\(', text):
        raise BadInput(f"'{text}' is a dict, which the command line cannot "
                       'hold: set each of its keys, as in model.a.b=1 '
                       'model.a.c=2.')
    closing = _BRACKETS.get(text[:1])
    if closing and text.endswith(closing) and len(_split(text)) == 1:
        parts = _split(text[1:-1])
        # A comma after the last element, as Python has it.
        parts = parts[:-1] if parts[-1].strip() == '' else parts
        values = [option_value(part) for part in parts]
        return tuple(values) if closing == ')' else values
    parts = _split(text)
    if len(parts) > 1:
        parts = parts[:-1] if parts[-1].strip() == '' else parts
        return [option_value(part) for part in parts]
    return _single(text)


def _single(text: str) -> Any:
    if len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]:
        return text[1:-1]
    if text[:1] in tuple(_QUOTES):
        raise BadInput(f'The quotes in "{text}" do not match.')
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if text == 'None':
        return None
    return _WORDS.get(text.lower(), text)


def _split(text: str) -> list[str]:
    """Split at the commas outside brackets and quotes."""
    parts, open_brackets, quote = [''], '', ''
    for place, char in enumerate(text):
        if quote:
            quote = '' if char == quote else quote
        elif char in _QUOTES and not parts[-1].strip(' ([') and (
                char in text[place + 1:]):
            # Within a word it is an apostrophe.
            quote = char
        elif char in _BRACKETS:
            open_brackets += _BRACKETS[char]
        elif char in _BRACKETS.values():
            if not open_brackets.endswith(char):
                raise BadInput(f"The brackets in '{text}' do not match.")
            open_brackets = open_brackets[:-1]
        elif char == ',' and not open_brackets:
            parts.append('')
            continue
        parts[-1] += char
    if open_brackets or quote:
        raise BadInput(f"The {'quotes' if quote else 'brackets'} in '{text}' "
                       'do not match.')
    return parts
