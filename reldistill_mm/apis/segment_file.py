"""Label the points of scans with words and write what was found."""
import hashlib
import math
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..datasets.scans import Scan, list_scans, read_scan
from ..datasets.scans.labelled_copy import label_path
from ..errors import BadInput
from ..io.files import require_folder
from ..models import ZeroShotHead, ZeroShotSegmentor
from .load_segmentor import load_segmentor
from .segment_scan import scan_features
from .words import class_colours, require_classes, word_head
from .write_scan import (require_heat_names, write_heat_map, write_labels,
                         write_segmentation)

Words = dict[str, list[str]]


def segment_file(scan: Path,
                 model: str,
                 checkpoint: str | None = None,
                 words: Words | None = None,
                 heat_map: Words | None = None,
                 out: Path | None = None,
                 device: str = 'cpu',
                 columns: int | None = None,
                 intensity: float | None = None,
                 intensity_scale: float | None = None,
                 origin: Sequence[float] | None = None,
                 options: dict | None = None,
                 say: Callable[[str], None] = print) -> list[Path]:
    """Read scans, label every point, write labels, pictures and pages.

    Args:
        scan (Path): A file that :func:`read_scan` reads, or a folder: see
            :func:`list_scans`.
        model (str): Folder of an exported model, or a config.
        checkpoint (str, optional): Weights where the model is a config.
        words (dict, optional): Class name to words; the model's own classes
            by default.
        heat_map (dict, optional): Words whose fit to each point is shown.
        out (Path, optional): Folder; ``segmented/NAME-SUM`` by default. Of
            a folder's scans each has one in it, by its name, and a file of
            labels in ``labels``, in the format of the scan, as
            :class:`LoadScanLabels` reads them.
        device (str): Device, as torch names it. Defaults to 'cpu'.
        columns (int, optional): Columns of a ``.bin`` file. Guessed if None.
        intensity (float, optional): One value for all points, 0 to 255.
        intensity_scale (float, optional): Brings intensities to 0 to 255. Of
            a folder the first scan's factor is taken for all.
        origin (Sequence[float], optional): (3,) position of the sensor in
            the file's frame.
        options (dict, optional): Changes to the config.
        say (Callable): Takes a line of progress. Defaults to ``print``.

    Returns:
        list[Path]: What was written.

    Raises:
        BadInput, MissingInput: See the functions that this one calls.
    """
    _check_numbers(intensity, intensity_scale, origin)
    require_classes(words)
    require_heat_names(heat_map or ())
    out = require_folder(out or default_folder(scan))
    scans = list_scans(scan)
    base = scan / 'points' if scan / 'points' in scans[0].parents else scan
    if scan.is_dir():
        _require_own_places(scans, base, out)
    read = partial(
        read_scan, columns=columns, intensity=intensity, origin=origin)
    # Before the model is loaded, which takes longer.
    cloud = read(scans[0], intensity_scale=intensity_scale)
    segmentor = load_segmentor(model, checkpoint, device, options)
    head = word_head(segmentor, words)
    heat = word_head(segmentor, heat_map) if heat_map else None
    if not scan.is_dir():
        return _segment(scan, cloud, segmentor, head, heat, out, say)[1]
    written = []
    # One sensor has one unit of intensities, however dark a scan is.
    scale = cloud.factor
    for path in scans:
        if path != scans[0]:
            cloud = read(path, intensity_scale=scale)
        name = path.relative_to(base)
        labels, paths = _segment(path, cloud, segmentor, head, heat,
                                 out / name, say)
        written += [
            write_labels(out / 'labels' / label_path(name), path, cloud,
                         labels), *paths
        ]
    return written


def _segment(scan: Path, cloud: Scan, model: ZeroShotSegmentor,
             head: ZeroShotHead, heat: ZeroShotHead | None, out: Path,
             say: Callable[[str], None]) -> tuple[np.ndarray, list[Path]]:
    """Label one scan and write it."""
    values = cloud.points[:, 3]
    say(f'{scan}: {len(values)} points, intensities {values.min():g} to '
        f'{values.max():g}')
    for note in cloud.notes:
        say(f'  {note}')
    features = scan_features(model, cloud.points)
    labels = features.scores(head).argmax(1)
    paths = write_segmentation(out, cloud, labels, head.classes, scan.name,
                               class_colours(model.cfg))
    for label, name in enumerate(head.classes):
        say(f'  {name:<24} {100 * (labels == label).mean():5.1f} %')
    if heat is not None:
        for word, column in zip(heat.classes, features.scores(heat).T):
            paths += write_heat_map(out, cloud, column, word)
    return labels, paths


def _require_own_places(scans: Sequence[Path], base: Path, out: Path) -> None:
    """Refuse outputs that would be one file, or scans of the next call."""
    if base.resolve() in (out.resolve(), *out.resolve().parents):
        raise BadInput(f"--out '{out}' lies in '{base}', whose files are read "
                       'as scans: choose another.')
    of: dict[Path, Path] = {}
    for path in scans:
        other = of.setdefault(path.with_suffix(''), path)
        if other != path:
            raise BadInput(f"The labels of '{other}' and '{path}' would be "
                           'the same file: rename one.')


def _check_numbers(intensity: float | None, scale: float | None,
                   origin: Sequence[float] | None) -> None:
    """Refuse numbers that make no sense, whatever the scan."""
    if intensity is not None and not 0 <= intensity <= 255:
        raise BadInput(f'--intensity {intensity:g} is not in 0 to 255.')
    if scale is not None and not (scale > 0 and math.isfinite(scale)):
        raise BadInput(f'--intensity-scale {scale:g} is not a positive '
                       'number.')
    if origin is not None and not all(map(math.isfinite, origin)):
        raise BadInput(f'--origin {list(origin)} is not three finite numbers.')


def default_folder(scan: Path) -> Path:
    """One folder for each scan: many are called ``000000.bin``.

    Args:
        scan (Path): The file.

    Returns:
        Path: Below ``segmented`` in the working directory.
    """
    place = os.path.abspath(scan)
    digest = hashlib.sha256(os.fsencode(place)).hexdigest()
    return Path('segmented') / f'{scan.name}-{digest[:8]}'
