"""The mark that a teacher leaves in the checkpoints of its students.

Features of another teacher may have the same width: the student's tensors then
fit, and its scores mean nothing.
"""
import logging
import re
from collections.abc import Mapping
from pathlib import Path

from mmengine.logging import print_log

from ...errors import BadInput, MissingInput
from ...functional.differences import differences
from .build_teacher import teacher_class

# Two architectures differ in a dozen places.
_SHOWN = 3
_DIGEST = re.compile(r'(sha256:[0-9a-f]{12})[0-9a-f]+')


def teacher_mark(cfg: Mapping) -> dict | None:
    """Name a teacher, and say what decides the space of its features.

    Args:
        cfg (Mapping): The teacher's config, with ``type``.

    Returns:
        dict, optional: ``name`` (str), for people, and ``space`` (dict of
        JSON values); None where the teacher cannot be told from others.
    """
    kind = teacher_class(cfg)
    try:
        space = kind.space(cfg)
        given = kind.arguments(cfg)
    except (BadInput, MissingInput):
        return None
    said = [
        f'{name}={Path(value).name if isinstance(value, str) else value}'
        for name, value in given.items()
        if value is not None and name not in kind.neutral_arguments
    ]
    return dict(name=f"{kind.__name__}({', '.join(said)})", space=space)


def require_teacher(mark: object, cfg: Mapping, source: str) -> None:
    """Refuse a checkpoint of another teacher's student.

    Args:
        mark (object): ``meta['teacher']`` of the checkpoint. Foreign ones and
            those of earlier versions have none: they are taken.
        cfg (Mapping): Config of the teacher.
        source (str): Name of the checkpoint.

    Raises:
        BadInput: It was made with another teacher.
    """
    wanted = teacher_mark(cfg)
    if (wanted is None or not isinstance(mark, Mapping)
            or not isinstance(mark.get('space'), Mapping)):
        return
    found, space = dict(mark['space']), dict(wanted['space'])
    by_name = [
        key for key in found.keys() & space.keys()
        if {_content(found[key]), _content(space[key])} == {True, False}
    ]
    for key in by_name:
        print_log(
            f"'{source}' names its teacher's {key} as "
            f'{_short(str(found.pop(key)))}, the config as '
            f'{_short(str(space.pop(key)))}: a name and the content of a '
            'file cannot be compared, they are taken to be the same.',
            logger='current',
            level=logging.WARNING)
    differs = list(differences(found, space, ('checkpoint', 'config')))
    if differs:
        shown = _short('; '.join(differs[:_SHOWN]))
        raise BadInput(
            f"'{source}' holds a student of the teacher {mark.get('name')}, "
            f"the config names {wanted['name']}, of another space ({shown}): "
            'set model.teacher (of an exported model, text_teacher) to the '
            'one of the checkpoint. DistilledBackbone starts from its '
            'backbone alone; allow_partial=True takes it if only the file '
            'differs.')


def _content(value: object) -> bool | None:
    """Whether weights are named by content, not by a tag; None: random."""
    if not isinstance(value, str) or value == 'random':
        return None
    return value.startswith('sha256:')


def _short(text: str) -> str:
    return _DIGEST.sub(r'\1', text)
