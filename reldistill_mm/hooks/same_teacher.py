"""Keep whose student a checkpoint holds, and compare it when it is loaded."""
from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..models.teachers.teacher_mark import require_teacher, teacher_mark


class SameTeacherHook(Hook):
    """Write the teacher into ``meta``; refuse a checkpoint of another one.

    Tests, resuming and ``load_from`` of models with a teacher are looked at.
    :class:`DistillRunner` registers it.

    Raises:
        BadInput: The checkpoint is of another teacher's student.
    """

    def __init__(self) -> None:
        self._mark: dict | None = None

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        teacher = _teacher_of(runner.cfg)
        if teacher is None:
            return
        # Once: weights of a gigabyte are read for it.
        self._mark = self._mark or teacher_mark(teacher)
        if self._mark is not None:
            checkpoint['meta']['teacher'] = self._mark

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        teacher = _teacher_of(runner.cfg)
        partly = runner.cfg.get('allow_partial') and not runner._resume
        if teacher is None or partly:
            return
        meta = checkpoint.get('meta')
        mark = meta.get('teacher') if isinstance(meta, Mapping) else None
        if mark is not None:
            require_teacher(mark, teacher,
                            getattr(checkpoint, 'source', 'the checkpoint'))


def _teacher_of(cfg: Mapping) -> Mapping | None:
    """Find the teacher's config, in a model for test-time augmentation too."""
    model = cfg.get('model') or {}
    return model.get('teacher') or (model.get('module') or {}).get('teacher')
