"""Write what is known about a scan: labels, pictures, pages."""
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyElement

from ..datasets.scans import Scan
from ..datasets.scans.labelled_copy import write_labelled
from ..errors import BadInput
from ..io.files import atomic_path
from ..visualization import (ColourBar, class_view, draw_birds_eye,
                             heat_colours, heat_index, heat_span, heat_view,
                             label_colours, word_palette)

# Label of rows that are not finite; no list of words is that long.
IGNORED = np.iinfo(np.uint16).max


def write_segmentation(out: Path,
                       scan: Scan,
                       labels: np.ndarray,
                       classes: Sequence[str],
                       title: str,
                       known: dict | None = None,
                       scores: np.ndarray | None = None,
                       pictures: bool = True) -> list[Path]:
    """Write a scan's labels, a picture from above and a page.

    Args:
        out (Path): Folder.
        scan (Scan): N points of a file's rows.
        labels (np.ndarray): (N,) integer in [0, K).
        classes (Sequence[str]): K names.
        title (str): Title of the page.
        known (dict, optional): Colours for some names.
        scores (np.ndarray, optional): (N,) float32, how well the label fits.
        pictures (bool): Write what is to be looked at, too. Defaults to True.

    Returns:
        list[Path]: ``labels.npy`` (rows of the file,) uint16, index into
        ``classes.json``, where :data:`IGNORED` is for rows that are not
        finite; with ``pictures`` also ``segmented.ply`` with the points in
        the file's own frame (double), labels and colours, and
        ``segmentation.png`` and ``segmentation.html``; with scores
        ``scores.npy`` (rows of the file,) float32, NaN for rows that are not
        finite.
    """
    points = scan.points
    palette = word_palette(classes, known)
    counts = np.bincount(labels, minlength=len(classes))
    rows = [
        dict(label=index, name=name, points=int(count))
        for index, (name, count) in enumerate(zip(classes, counts))
    ]
    names = ('labels.npy', 'segmented.ply', 'classes.json', 'segmentation.png',
             'segmentation.html')
    paths = [out / name for name in names]
    with atomic_path(paths[0]) as fresh:
        np.save(fresh, scan.spread(labels.astype(np.uint16), IGNORED))
    with atomic_path(paths[2]) as fresh:
        fresh.write_text(json.dumps(rows, indent=2) + '\n')
    extra = []
    if scores is not None:
        extra.append(out / 'scores.npy')
        with atomic_path(extra[0]) as fresh:
            np.save(fresh, scan.spread(scores.astype(np.float32), np.nan))
    if not pictures:
        return [paths[0], paths[2], *extra]
    with atomic_path(paths[1]) as fresh:
        _write_ply(fresh, scan, labels, palette)
    seen = np.flatnonzero(counts)
    title_left, greys = _greys(points[:, 3])
    figure = draw_birds_eye(
        {
            title_left: greys,
            'segmentation': label_colours(labels, palette)
        },
        points[:, :2],
        classes=[classes[index] for index in seen.tolist()],
        palette=palette[seen])
    page = class_view(points[:, :3], labels, classes, palette, title)
    _write_views(paths[3:], figure, page)
    return [*paths, *extra]


def write_labels(path: Path, source: Path, scan: Scan,
                 labels: np.ndarray) -> Path:
    """Write labels as the recording has its scans; our loaders read them.

    Args:
        path (Path): The file to write: see :func:`label_path`.
        source (Path): The scan's file.
        scan (Scan): N points of its rows.
        labels (np.ndarray): (N,) integer in [0, K).

    Returns:
        Path: The file: see :func:`write_labelled`; (rows of the scan,)
        uint32, :data:`IGNORED` for rows that are not finite.
    """
    with atomic_path(path) as fresh, open(fresh, 'wb') as stream:
        write_labelled(source, scan.spread(labels.astype('<u4'), IGNORED),
                       stream)
    return path


def write_heat_map(out: Path,
                   scan: Scan,
                   scores: np.ndarray,
                   word: str,
                   pictures: bool = True) -> list[Path]:
    """Write how well a word fits each point.

    Args:
        out (Path): Folder.
        scan (Scan): N points of a file's rows.
        scores (np.ndarray): (N,) float32, cosines with the word.
        word (str): The word.
        pictures (bool): Write what is to be looked at, too. Defaults to True.

    Returns:
        list[Path]: ``heat_WORD.npy`` (rows of the file,) float32, NaN for
        rows that are not finite; with ``pictures`` also ``.png`` and
        ``.html``.
    """
    paths = [
        out / f'{_heat_name(word)}{end}' for end in ('.npy', '.png', '.html')
    ]
    with atomic_path(paths[0]) as fresh:
        np.save(fresh, scan.spread(scores, np.nan))
    if not pictures:
        return paths[:1]
    points = scan.points
    title = f"cosine with '{word}'"
    span, colours = heat_span(scores), heat_colours()
    index = heat_index(scores, span, len(colours))
    # Draw high scores last, on top.
    order = np.argsort(scores, kind='stable')
    title_left, greys = _greys(points[order, 3])
    figure = draw_birds_eye({
        title_left: greys,
        title: colours[index[order]]
    },
                            points[order, :2],
                            bar=ColourBar(colours, span, title))
    page = heat_view(points[:, :3], scores, span, colours, title)
    _write_views(paths[1:], figure, page)
    return paths


def require_heat_names(words: Iterable[str]) -> None:
    """Refuse words whose heat maps would be the same files.

    Raises:
        BadInput: Two words differ only in what file names do not keep.
    """
    of: dict[str, str] = {}
    for word in words:
        other = of.setdefault(_heat_name(word), word)
        if other != word:
            raise BadInput(
                f"The heat maps of '{other}' and '{word}' would "
                f"be the same file, '{_heat_name(word)}.npy': leave "
                'one out.')


def _heat_name(word: str) -> str:
    return 'heat_' + re.sub(r'\W+', '_', word)


def _write_ply(path: Path, scan: Scan, labels: np.ndarray,
               palette: np.ndarray) -> None:
    vertices = np.empty(
        len(labels), [
            *((axis, '<f8') for axis in 'xyz'),
            ('label', '<u2'), *((name, 'u1')
                                for name in ('red', 'green', 'blue'))
        ])
    for index, axis in enumerate('xyz'):
        vertices[axis] = scan.own_xyz[:, index]
    vertices['label'] = labels
    colours = label_colours(labels, palette)
    for index, name in enumerate(('red', 'green', 'blue')):
        vertices[name] = colours[:, index]
    # Pass a stream: plyfile would append a suffix to a temporary name.
    with open(path, 'wb') as stream:
        PlyData([PlyElement.describe(vertices, 'vertex')]).write(stream)


def _write_views(paths: Sequence[Path], figure, page: str) -> None:
    with atomic_path(paths[0]) as fresh:
        figure.savefig(fresh, dpi=120)
    with atomic_path(paths[1]) as fresh:
        fresh.write_text(page, 'utf-8')


def _greys(intensity: np.ndarray) -> tuple[str, np.ndarray]:
    """Title and (N, 3) uint8 of (N,) intensities, the brightest 1 % clipped.

    By the square root: most returns are faint.
    """
    top = max(float(np.quantile(intensity, 0.99)), 1e-6)
    grey = 75 + 180 * np.sqrt(np.clip(intensity / top, 0, 1))
    return (f'intensity, from 0 (dark) to {top:.2g} (white)',
            np.repeat(grey[:, None], 3, 1).astype(np.uint8))
