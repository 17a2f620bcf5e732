"""A page to explore with words what a student and its teacher have learned."""
import base64
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from ..functional import PointPixelPairs
from ..functional.principal_space import (PrincipalSpace, QuantisedRows,
                                          principal_space, quantise_rows)
from .page import as_text, count_classes, draw_points, pack_points
from .word_colours import heat_colours

# Rows of each side that the axes are found from and accuracy is measured at.
_SAMPLE = 20_000
_JUDGED = 2000
_WIDEST = 640


class SideFeatures(NamedTuple):
    """Features of a student or a teacher.

    Attributes:
        rows (np.ndarray): (M, D) float32, unit rows.
        row (np.ndarray): (N,) int64, the row of each point, -1 where it has
            none.
        labels (np.ndarray): (N,) int64 in [0, K]; K where there is none.
    """
    rows: np.ndarray
    row: np.ndarray
    labels: np.ndarray


class ExplorerFrame(NamedTuple):
    """What the page shows of one keyframe of N points.

    Attributes:
        name (str): Its name.
        xyz (np.ndarray): (N, 3) metres.
        student (SideFeatures): The student's features, at every point.
        teacher (SideFeatures, optional): The teacher's, at the points that
            cameras see.
        truth (np.ndarray, optional): (N,) labels, K or more for none.
        images (Sequence[np.ndarray]): V arrays (H, W, 3) uint8.
        cameras (Sequence[str]): V names.
        pairs (PointPixelPairs, optional): Which pixels points fall on.
    """
    name: str
    xyz: np.ndarray
    student: SideFeatures
    teacher: SideFeatures | None = None
    truth: np.ndarray | None = None
    images: Sequence[np.ndarray] = ()
    cameras: Sequence[str] = ()
    pairs: PointPixelPairs | None = None


class WordTable(NamedTuple):
    """Words that the page knows.

    Attributes:
        names (Sequence[str]): W words.
        rows (np.ndarray): (W, D) float32, unit rows.
        note (str): A sentence on what the words are, for the page.
    """
    names: Sequence[str]
    rows: np.ndarray
    note: str


class Exploration(NamedTuple):
    """A page and what it costs in accuracy.

    Attributes:
        space (PrincipalSpace): In which its features are.
        content (dict): What :func:`.page.write_page` takes.
        error (tuple[float, float]): Median and largest difference of a cosine
            on the page to that of the features themselves.
    """
    space: PrincipalSpace
    content: dict
    error: tuple[float, float]


def explore_frames(frames: Sequence[ExplorerFrame],
                   words: WordTable,
                   classes: Sequence[str],
                   palette: np.ndarray,
                   title: str,
                   components: int = 64,
                   max_points: int = 200_000) -> Exploration:
    """Pack keyframes, quantised features and words for the page.

    Args:
        frames (Sequence[ExplorerFrame]): At least one.
        words (WordTable): W words.
        classes (Sequence[str]): K names.
        palette (np.ndarray): (K, 3) uint8.
        title (str): Title of the page.
        components (int): Principal components that are kept of every feature,
            one byte each. Defaults to 64.
        max_points (int): Most points of a keyframe. Defaults to 200 000.

    Returns:
        Exploration: ``write_page(found.content)`` is the page.
    """
    rng = np.random.default_rng(0)
    sides = [
        side for frame in frames for side in (frame.student, frame.teacher)
        if side is not None and len(side.rows)
    ]
    sample = [_some(side.rows, _SAMPLE, rng) for side in sides]
    space = principal_space(np.concatenate(sample), components)
    query, offset = space.query(words.rows)
    table = quantise_rows(query)
    error = _accuracy([_some(rows, _JUDGED, rng) for rows in sample], space,
                      words.rows, table, offset)
    scores = space.coordinates(sample[-1])[:, :3]
    low, high = np.quantile(scores, [0.02, 0.98], axis=0)
    known = np.concatenate([frame.student.labels for frame in frames])
    content = dict(
        title=title,
        frames=[_pack(frame, space, max_points) for frame in frames],
        classes=count_classes(known, classes),
        palette=np.asarray(palette).tolist(),
        heat=heat_colours().tolist(),
        space=dict(
            mean_axes=(space.mean @ space.axes).tolist(),
            mean_square=float(space.mean @ space.mean),
            low=low.tolist(),
            high=high.tolist()),
        words=dict(
            names=list(words.names),
            codes=as_text(table.codes),
            step=as_text(table.step.astype('<f4')),
            offset=as_text(offset.astype('<f4'))),
        notes=[words.note, _accuracy_note(space, error)])
    return Exploration(space, content, error)


def _some(rows: np.ndarray, count: int, rng) -> np.ndarray:
    if len(rows) <= count:
        return rows
    return rows[np.sort(rng.choice(len(rows), count, replace=False))]


def _accuracy(samples: Sequence[np.ndarray], space: PrincipalSpace,
              words: np.ndarray, table: QuantisedRows,
              offset: np.ndarray) -> tuple[float, float]:
    """Median and largest error of cosines with words and with points."""
    errors = []
    for rows in samples:
        kept = quantise_rows(space.coordinates(rows)).values
        with_words = kept @ table.values.T + offset
        errors.append(np.abs(with_words - rows @ words.T).ravel())
        whole = space.mean + kept @ space.axes.T
        some = whole[:200]
        errors.append(np.abs(some @ whole.T - rows[:200] @ rows.T).ravel())
    every = np.concatenate(errors)
    return float(np.median(every)), float(every.max())


def _accuracy_note(space: PrincipalSpace, error: tuple[float, float]) -> str:
    width, kept = space.axes.shape
    return (f'Features are kept as {kept} of {width} principal components of '
            'one byte each. Cosines with words and between points differ from '
            f'those of the features by {error[0]:.4f} (median) and '
            f'{error[1]:.4f} at most, measured on {_JUDGED} features of each '
            'side. Classes, labels and errors are exact.')


def _pack(frame: ExplorerFrame, space: PrincipalSpace,
          max_points: int) -> dict:
    chosen = draw_points(len(frame.xyz), max_points)
    packed = dict(
        pack_points(frame.xyz, chosen),
        name=frame.name,
        index=as_text(frame.student.labels[chosen].astype('<u2')),
        student=_pack_side(frame.student, chosen, space))
    if frame.truth is not None:
        truth = np.minimum(frame.truth[chosen], 65535)
        packed['truth'] = as_text(truth.astype('<u2'))
    if frame.teacher is not None and len(frame.teacher.rows):
        packed['teacher'] = _pack_side(frame.teacher, chosen, space)
    if frame.pairs is not None:
        packed['cameras'] = [
            dict(name=name, **_pack_image(image))
            for name, image in zip(frame.cameras, frame.images)
        ]
        packed['pairs'] = _pack_pairs(frame, chosen)
    return packed


def _pack_side(side: SideFeatures, chosen: np.ndarray,
               space: PrincipalSpace) -> dict:
    row = side.row[chosen]
    # Only rows of points that are shown.
    used, place = np.unique(row[row >= 0], return_inverse=True)
    row = row.copy()
    row[row >= 0] = place
    rows = quantise_rows(space.coordinates(side.rows[used]))
    return dict(
        codes=as_text(rows.codes),
        step=as_text(rows.step.astype('<f4')),
        row=as_text(row.astype('<i4')),
        labels=as_text(side.labels[chosen].astype('<u2')))


def _pack_image(image: np.ndarray) -> dict:
    picture = Image.fromarray(np.asarray(image))
    if picture.width > _WIDEST:
        height = round(picture.height * _WIDEST / picture.width)
        picture = picture.resize((_WIDEST, height), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, 'JPEG', quality=82)
    text = base64.b64encode(stream.getvalue()).decode()
    return dict(
        image=f'data:image/jpeg;base64,{text}',
        width=picture.width,
        height=picture.height)


def _pack_pairs(frame: ExplorerFrame, chosen: np.ndarray) -> dict:
    pairs = frame.pairs
    assert pairs is not None
    place = np.full(len(frame.xyz), -1)
    place[chosen] = np.arange(len(chosen))
    shown = np.flatnonzero(place[pairs.point] >= 0)
    # Far ones first, so that near ones lie on top.
    shown = shown[np.argsort(-pairs.depth[shown], kind='stable')]
    size = np.array([image.shape[1::-1] for image in frame.images], np.float64)
    # Edges of the image are 0 and 1; a pixel's centre is half a pixel in.
    share = (pairs.uv[shown] + 0.5) / size[pairs.camera[shown]]
    return dict(
        point=as_text(place[pairs.point[shown]].astype('<u4')),
        camera=as_text(pairs.camera[shown].astype('u1')),
        uv=as_text((65535 * share.clip(0, 1)).round().astype('<u2')))
