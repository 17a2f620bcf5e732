"""Build a teacher from its config; refuse what is not a teacher."""
from collections.abc import Mapping

from mmdet3d.registry import MODELS

from ...errors import BadInput
from .base import FrozenTeacher

_DECLARED = ('embed_dim', 'mean_std', 'stride')


def teacher_class(cfg: Mapping) -> type[FrozenTeacher]:
    """Find the class that a teacher's config names.

    Args:
        cfg (Mapping): Config with ``type``, a registered name or the class.

    Raises:
        BadInput: There is no such class, or it is not a teacher.
    """
    kind = cfg.get('type')
    found = MODELS.get(kind) if isinstance(kind, str) else kind
    if found is None:
        raise BadInput(
            f"model.teacher.type='{kind}' is not registered: correct the "
            'name, or add the module that registers it in MODELS to '
            'custom_imports.imports.')
    if not (isinstance(found, type) and issubclass(found, FrozenTeacher)):
        raise BadInput(
            f"model.teacher.type='{kind}' is not a teacher: its class must "
            'derive from reldistill_mm.models.FrozenTeacher.')
    return found


def build_teacher(cfg: Mapping) -> FrozenTeacher:
    """Build a teacher, but not its network yet.

    Args:
        cfg (Mapping): Config with ``type`` and arguments.

    Raises:
        BadInput: See :func:`teacher_class` and
            :meth:`FrozenTeacher.arguments`.
        TypeError: The class lacks an attribute that every teacher has.
    """
    kind = teacher_class(cfg)
    kind.arguments(cfg)
    teacher = MODELS.build(cfg)
    missing = [name for name in _DECLARED if not hasattr(teacher, name)]
    if missing:
        raise TypeError(f'{kind.__name__} sets no {", ".join(missing)}, which '
                        'every FrozenTeacher must.')
    return teacher
