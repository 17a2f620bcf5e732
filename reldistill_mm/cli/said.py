"""What an error says to a person, however it was passed on."""
import re
import traceback

from ..errors import BadInput, InputExists, MissingInput

# A DataLoader hands on a worker's error as one of the same class, whose text
# is a traceback that ends with the class and the text.
_WORKER = re.compile(r'^Caught \w+ in .*\nOriginal Traceback', re.DOTALL)
_ERRNO = re.compile(r'^\[Errno \d+\] .*: .+', re.DOTALL)
# A quoted reason brings its own full stop.
_TWO_STOPS = re.compile(r'(?<=[\w)\]\'"?])\.\.(?=\s|$)')
# Before 0.10, mmengine's registry put itself in front.
_REGISTRY = re.compile(r'^(class `\w+` in \S+\.py: )+')


def said(error: BaseException) -> str:
    """Text of an error on one line, without what passed it on.

    Args:
        error (BaseException): Any error: one that a DataLoader's worker or a
            registry raised, too.
    """
    text = str(error)
    if _WORKER.match(text):
        text = _of_worker(text, type(error).__name__)
    text = _REGISTRY.sub('', text)
    if isinstance(error, KeyError):
        text = text.strip('"\'')
    return _TWO_STOPS.sub('.', ' '.join(text.split()))


def _of_worker(text: str, kind: str) -> str:
    """Text of the error at the end of a worker's traceback."""
    found = [
        match for match in re.finditer(rf'^(?:[\w.]+\.)?{kind}: ', text,
                                       re.MULTILINE)
    ]
    return text[found[-1].end():] if found else text


def is_bad_input(error: BaseException) -> bool:
    """Whether the user can fix an error.

    Bad input is what :mod:`reldistill_mm.errors` names, an error of the
    operating system that names a file, and what mmengine says of a file or a
    class of a config that is not there.

    Args:
        error (BaseException): Any exception.

    Returns:
        bool: False for a bug in the program.
    """
    if isinstance(error, (BadInput, MissingInput, InputExists)):
        return True
    if isinstance(error, OSError):
        # A worker's error has lost its attributes.
        return (error.filename is not None
                or isinstance(error, FileNotFoundError)
                or bool(_ERRNO.match(said(error))))
    if isinstance(error, KeyError):
        return 'is not in the' in str(error) and 'registry' in str(error)
    if isinstance(error, TypeError):
        return _is_a_config_argument(error)
    return False


def _is_a_config_argument(error: TypeError) -> bool:
    """Whether a config gives a class an argument that it does not have."""
    if not re.search(
            r'__init__\(\) (got an unexpected keyword argument'
            r'|missing \d+ required)', str(error)):
        return False
    frames = traceback.extract_tb(error.__traceback__)
    return any(
        frame.filename.endswith('build_functions.py') for frame in frames)
