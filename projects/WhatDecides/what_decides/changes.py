"""Change the cached features of the teacher, and say what that did."""
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor

from reldistill_mm.errors import BadInput
from reldistill_mm.experiments import read_json, write_json
from reldistill_mm.functional import (balanced_rows, class_scores, uniformity,
                                      unit_rows)
from reldistill_mm.functional.moved_teacher import (add_cone, add_noise,
                                                    cone_for_uniformity,
                                                    keep_directions, mix_up,
                                                    principal_directions,
                                                    unseen_direction)
from reldistill_mm.teacher_cache.changed_copy import copy_changed, read_all

_PER_FRAME, _PER_CLASS = 400, 250
_FACTS = 'change.json'


class Words(NamedTuple):
    """Embeddings (W, D) of all words, and how many belong to each class."""
    weights: Tensor
    per_class: Sequence[int]

    def labels(self, rows: Tensor) -> Tensor:
        """The teacher's zero-shot labels (N,) of rows (N, D)."""
        return class_scores(rows, self.weights, self.per_class).argmax(1)


def words_of(cfg: Config) -> Words:
    """Let a config's teacher embed its words."""
    with DefaultScope.overwrite_default_scope(cfg.default_scope):
        model = MODELS.build(cfg.model).eval()
    with torch.no_grad():
        model.prepare_words()
    head = model.zero_shot_head
    return Words(head.text_weights.float().cpu(), head.names_per_class)


def sample_rows(cache: Path, words: Words, seed: int = 0) -> Tensor:
    """Draw rows (N, D) of a cache, balanced over the teacher's own labels.

    The study's training scenes have labels, but what is done to the teacher
    shall depend on none.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for cached in read_all(cache):
        order = torch.randperm(len(cached.features), generator=generator)
        rows = torch.from_numpy(cached.features).float()
        parts.append(unit_rows(rows[order[:_PER_FRAME]]))
    rows = torch.cat(parts)
    return rows[balanced_rows(words.labels(rows), _PER_CLASS, seed)]


def change_of(kind: str, amount: float, rows: Tensor,
              words: Words) -> Callable[[Tensor, torch.Generator], Tensor]:
    """Make the function that changes the rows (P, D) of a keyframe.

    Args:
        kind (str): ``cone`` (a constant that no word sees, so strong that the
            uniformity is ``amount``), ``noise`` (of length ``amount``),
            ``dimensions`` (only the ``amount`` that hold most) or ``mixed``
            (that share of the rows is given to other pairs of the keyframe).
        amount (float): See ``kind``.
        rows (Tensor): (N, D) rows of the whole cache, from
            :func:`sample_rows`.
        words (Words): Words that a cone must not change.

    Raises:
        BadInput: No such kind, or an amount out of its range.
    """
    if kind == 'cone':
        direction = unseen_direction(words.weights)
        size = cone_for_uniformity(rows, direction, amount)
        return lambda part, _: add_cone(part, direction, size)
    if kind == 'noise':
        return lambda part, generator: add_noise(part, amount, generator)
    if kind == 'dimensions':
        kept = principal_directions(rows, int(amount))
        return lambda part, _: keep_directions(part, kept)
    if kind == 'mixed':
        return lambda part, generator: mix_up(part, amount, generator)
    raise BadInput(f"No change of the teacher is called '{kind}'.")


def make_changed(source: Path, out: Path, kind: str, amount: float,
                 words: Words) -> dict:
    """Copy a cache with changed features, unless an earlier call did.

    Returns:
        dict: ``kind``, ``amount``, the teacher's ``uniformity`` before
        (``uniformity_before``) and after, and ``labels_kept``, the share of
        rows whose zero-shot label is the same.
    """
    rows = sample_rows(source, words)
    change = change_of(kind, amount, rows, words)

    def change_frame(cached, name: str) -> np.ndarray:
        generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        part = unit_rows(torch.from_numpy(cached.features).float())
        return change(part, generator).numpy()

    written = copy_changed(source, out, f'{kind} {amount:g}', change_frame)
    path = out / _FACTS
    if written or not path.is_file():
        after = change(rows, torch.Generator().manual_seed(0))
        write_json(
            path,
            dict(
                kind=kind,
                amount=amount,
                uniformity_before=float(uniformity(rows)),
                uniformity=float(uniformity(after)),
                labels_kept=float((words.labels(rows) == words.labels(after)
                                   ).float().mean())))
    return read_json(path)
