"""Label a scan's points with words and write what was found."""
import hashlib
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from ..datasets.scans import read_scan
from ..errors import BadInput
from ..io.files import require_folder
from .load_segmentor import load_segmentor
from .segment_scan import scan_features
from .words import class_colours, require_classes, word_head
from .write_scan import require_heat_names, write_heat_map, write_segmentation

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
    """Read a scan, label every point, write labels, picture and page.

    Args:
        scan (Path): A file that :func:`read_scan` reads.
        model (str): Folder of an exported model, or a config.
        checkpoint (str, optional): Weights where the model is a config.
        words (dict, optional): Class name to words; the model's own classes
            by default.
        heat_map (dict, optional): Words whose fit to each point is shown.
        out (Path, optional): Folder; ``segmented/NAME-SUM`` by default.
        device (str): Device, as torch names it. Defaults to 'cpu'.
        columns (int, optional): Columns of a ``.bin`` file. Guessed if None.
        intensity (float, optional): One value for all points, 0 to 255.
        intensity_scale (float, optional): Brings intensities to 0 to 255.
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
    cloud = read_scan(scan, columns, intensity, intensity_scale, origin)
    values = cloud.points[:, 3]
    say(f'{scan}: {len(values)} points, intensities {values.min():g} to '
        f'{values.max():g}')
    for note in cloud.notes:
        say(f'  {note}')
    out = require_folder(out or default_folder(scan))
    segmentor = load_segmentor(model, checkpoint, device, options)
    features = scan_features(segmentor, cloud.points)
    head = word_head(segmentor, words)
    labels = features.scores(head).argmax(1)
    paths = write_segmentation(out, cloud, labels, head.classes, scan.name,
                               class_colours(segmentor.cfg))
    for label, name in enumerate(head.classes):
        say(f'  {name:<24} {100 * (labels == label).mean():5.1f} %')
    if heat_map:
        scores = features.scores(word_head(segmentor, heat_map))
        for word, column in zip(heat_map, scores.T):
            paths += write_heat_map(out, cloud, column, word)
    return paths


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
