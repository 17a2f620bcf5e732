"""The columns of a study's table, as typed."""
from ..errors import BadInput

RANDOM = 'random'


def parse_columns(starts: list[str], texts: list[str]) -> dict[str, str]:
    """Read the columns of a table from a command line.

    Args:
        starts (list[str]): Names of starts.
        texts (list[str]): ``NAME=PATH`` of checkpoints.

    Returns:
        dict[str, str]: ``['random'], ['a=b.pth']`` are
        ``dict(random='', a='b.pth')``; see :func:`plan_runs`.

    Raises:
        BadInput: A name is given twice or is not one, or there is nothing.
    """
    named = dict.fromkeys(starts, '')
    for text in texts:
        name, _, path = text.partition('=')
        if (not name or name in named or '/' in name
                or bool(path) == (name == RANDOM)):
            raise BadInput(f"--checkpoints takes '{RANDOM}' and NAME=PATH, "
                           f"each name once, not '{text}'")
        named[name] = path
    if not named:
        raise BadInput(f'nothing to run: give --start {RANDOM} or '
                       '--checkpoints NAME=PATH')
    return named
