"""Teachers in one table."""
from collections.abc import Mapping

from terminaltables import AsciiTable

# Columns that all classes share; the rest of the values are classes.
_COLUMNS = ('miou', 'uniformity', 'tolerance', 'seconds', 'pairs')
# What stands there for a value that a teacher has not.
_WITHOUT = dict(miou='no words', seconds='cached')


def teacher_table(teachers: Mapping[str, Mapping[str, float]]) -> str:
    """Draw a table: one teacher's values as rows, several teachers as rows.

    Args:
        teachers (Mapping): Name to values of :func:`.judge_teacher`.
    """
    if len(teachers) == 1:
        (name, values), = teachers.items()
        rows = [['teacher at the pairs', name]]
        rows += [[key, _text(value)] for key, value in values.items()]
    else:
        rows = [['teacher at the pairs', *_COLUMNS]]
        rows += [[
            name, *(_text(values.get(key, _WITHOUT.get(key, '')))
                    for key in _COLUMNS)
        ] for name, values in teachers.items()]
    return AsciiTable(rows).table


def _text(value: float | str) -> str:
    return f'{value:.4f}' if isinstance(value, float) else str(value)
