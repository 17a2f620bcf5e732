"""Label the points of scans with words and write what was found."""
import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..cli.checks import check_intensities
from ..cli.progress import track
from ..datasets.scans import Scan, read_scan
from ..datasets.scans.labelled_copy import label_path
from ..io.files import require_folder
from ..models import ZeroShotHead, ZeroShotSegmentor
from .label_points import UNKNOWN, check_unknown, label_points
from .load_segmentor import load_segmentor
from .scan_places import place_scans
from .segment_scan import scan_features
from .words import class_colours, require_classes, word_head
from .write_scan import (require_heat_names, write_heat_map, write_labels,
                         write_segmentation)

Words = dict[str, list[str]]


def segment_file(scan: Path | Sequence[Path],
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
                 unknown: float | None = None,
                 say: Callable[[str], None] = print,
                 pictures: bool = True) -> list[Path]:
    """Read scans, label every point, write labels, pictures and pages.

    Args:
        scan (Path | Sequence[Path]): A file that :func:`read_scan` reads, a
            folder (see :func:`list_scans`), or several of both.
        model (str): Folder of an exported model, or a config.
        checkpoint (str, optional): Weights where the model is a config.
        words (dict, optional): Class name to words; the model's own classes
            by default.
        heat_map (dict, optional): Words whose fit to each point is shown.
        out (Path, optional): Folder; ``segmented/NAME-SUM`` by default. Of
            several scans each has one in it, by its name, and a file of
            labels in ``labels``, in the format of the scan, as
            :class:`LoadScanLabels` reads them.
        device (str): Device, as torch names it. Defaults to 'cpu'.
        columns (int, optional): Columns of a ``.bin`` file. Guessed if None.
        intensity (float, optional): One value for all points, 0 to 255.
        intensity_scale (float, optional): Brings intensities to 0 to 255. Of
            several scans the first one's factor is taken for all.
        origin (Sequence[float], optional): (3,) position of the sensor in
            the file's frame.
        options (dict, optional): Changes to the config.
        unknown (float, optional): Cosine below which a point is labelled
            :data:`UNKNOWN`, since no word fits. Defaults to None: each point
            has the word that fits best.
        say (Callable): Takes a line of progress. Defaults to ``print``.
        pictures (bool): Write pictures, pages and coloured clouds, too.
            Defaults to True.

    Returns:
        list[Path]: What was written.

    Raises:
        BadInput, MissingInput: See the functions that this one calls.
    """
    check_intensities(intensity, intensity_scale, origin)
    check_unknown(unknown, words)
    require_classes(words)
    require_heat_names(heat_map or ())
    given = [scan] if isinstance(scan, (str, Path)) else scan
    given = [Path(each) for each in given]
    out = require_folder(out or default_folder(*given))
    places = place_scans(given, out)
    read = partial(
        read_scan, columns=columns, intensity=intensity, origin=origin)
    # Before the model is loaded, which takes longer.
    first = read(places[0].scan, intensity_scale=intensity_scale)
    segmentor = load_segmentor(model, checkpoint, device, options)
    head = word_head(segmentor, words)
    heat = word_head(segmentor, heat_map) if heat_map else None
    names = [*head.classes] + [UNKNOWN] * (unknown is not None)
    fit = partial(label_points, head,
                  None if words is None else word_head(segmentor, None),
                  unknown)
    label = partial(_label, segmentor, fit, heat)
    write = partial(_write, names, heat, class_colours(segmentor.cfg),
                    pictures)
    told: list[str] = []
    if given == [places[0].scan]:
        found = label(told.append, first)
        paths = write(given[0], found, out)
        _say_scan(say, given[0], found)
        for text in told:
            say(text)
        _say_shares(say, names,
                    np.bincount(found.labels, minlength=len(names)))
        return paths
    # One sensor has one unit of intensities, however dark a scan is.
    read = partial(read, intensity_scale=first.factor)
    written: list[Path] = []
    counts = np.zeros(len(names), np.int64)
    notes: dict[str, Path] = {}
    badly: list[tuple[Path, str]] = []

    def finish(job: Future | None) -> None:
        written.extend(job.result() if job else ())

    # The student computes while what it said before is drawn and written.
    with ThreadPoolExecutor(1) as writer:
        job = None
        for place in track(places) if say is print else places:
            cloud = first if place is places[0] else read(place.scan)
            told = []
            found = label(told.append, cloud)
            badly += [(place.scan, text) for text in told]
            counts += np.bincount(found.labels, minlength=len(counts))
            for note in cloud.notes:
                notes.setdefault(note, place.scan)
            finish(job)
            job = writer.submit(write, place.scan, found, out / place.name,
                                out / 'labels' / label_path(place.name))
        finish(job)
    for note, path in notes.items():
        say(f'{path}: {note}')
    if badly:
        path, text = badly[0]
        more = f' (and {len(badly) - 1} more scans)' * (len(badly) > 1)
        say(f'{path}{more}: {text.strip()}')
    say(f'{len(places)} scans, {counts.sum()} points')
    _say_shares(say, names, counts)
    return written


class _Labelled(NamedTuple):
    """A scan and what the student says of it.

    Attributes:
        cloud (Scan): N points.
        labels (np.ndarray): (N,) classes.
        scores (np.ndarray): (N,) float32, cosines with their words.
        heat (np.ndarray, optional): (N, W) fit of W words.
    """
    cloud: Scan
    labels: np.ndarray
    scores: np.ndarray
    heat: np.ndarray | None


def _label(model: ZeroShotSegmentor, fit: Callable, heat: ZeroShotHead | None,
           say: Callable[[str], None], cloud: Scan) -> _Labelled:
    features = scan_features(model, cloud.points)
    labels, scores = fit(say, features)
    return _Labelled(cloud, labels, scores,
                     None if heat is None else features.scores(heat))


def _write(names: Sequence[str],
           heat: ZeroShotHead | None,
           colours: dict,
           pictures: bool,
           scan: Path,
           found: _Labelled,
           out: Path,
           copy: Path | None = None) -> list[Path]:
    """Write what is known of a scan; labels in its own format come first."""
    cloud, labels, scores, fit = found
    paths = []
    if copy is not None:
        paths.append(write_labels(copy, scan, cloud, labels))
    paths += write_segmentation(out, cloud, labels, names, scan.name, colours,
                                scores, pictures)
    if heat is not None and fit is not None:
        for word, column in zip(heat.classes, fit.T):
            paths += write_heat_map(out, cloud, column, word, pictures)
    return paths


def _say_scan(say: Callable[[str], None], scan: Path,
              found: _Labelled) -> None:
    values = found.cloud.points[:, 3]
    say(f'{scan}: {len(values)} points, intensities {values.min():g} to '
        f'{values.max():g}')
    for note in found.cloud.notes:
        say(f'  {note}')


def _say_shares(say: Callable[[str], None], names: Sequence[str],
                counts: np.ndarray) -> None:
    for name, count in zip(names, counts):
        say(f'  {name:<24} {100 * count / counts.sum():5.1f} %')


def default_folder(*scans: Path) -> Path:
    """One folder for each scan: many are called ``000000.bin``.

    Args:
        scans (Path): The file, or all files and folders of one call.

    Returns:
        Path: Below ``segmented`` in the working directory.
    """
    places = map(os.path.abspath, scans)
    digest = hashlib.sha256(b'\0'.join(map(os.fsencode, places))).hexdigest()
    return Path('segmented') / f'{scans[0].name}-{digest[:8]}'
