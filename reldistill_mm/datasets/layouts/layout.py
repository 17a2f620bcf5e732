"""Tables of how LiDAR segmentation datasets lie on disk."""
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mmengine.logging import print_log

from ...errors import BadInput, MissingInput
from ...functional.closest import closest
from ...io.files import require_content

Classes = Mapping[str, tuple[int, ...]]


class Layout(NamedTuple):
    """Facts of one dataset.

    Paths are relative to the dataset's root and hold ``{sequence}`` (one or
    more folders) and ``{name}`` (the name of a scan).

    Attributes:
        source (str): Address of the format's documentation.
        classes (Mapping[str, tuple[int, ...]]): Class name to raw ids, in
            label order; every other id is ignored. Raw ids are the lower 16
            bits of a label.
        scan (str): Path of a scan: ``.bin``, rows of float32, or ``.npy``,
            (N, 3 or more); x, y, z in metres and, in column 3, the
            intensity if ``intensity`` says so.
        label (str): Path of its labels: ``.label``, uint32, or ``.npy``.
        splits (Mapping): Split to sequences (``*`` stands for any), or to
            the name of a file with lines ``scan label``.
        columns (int): Columns per point in a ``.bin`` file. Defaults to 4.
        intensity (float, optional): Largest intensity. Defaults to None (not
            documented): every point gets 0.
        intensity_file (str, optional): Path of an array (N, 1) that holds
            the intensities instead of column 3.
        split_labels (Mapping[str, str], optional): Splits whose labels lie
            elsewhere.
        label_field (str, optional): Field of the labels in a ``.pcd`` or
            ``.ply`` file. Defaults to None, one of the usual names.
        own (bool): Whether a config states the layout: then ``columns`` may
            be None, list files may name scans alone, and where ``scan`` has
            no ``{sequence}``, splits hold the names of scans. Defaults to
            False.
    """
    source: str
    classes: Classes
    scan: str
    label: str
    splits: Mapping[str, str | tuple[str, ...]]
    columns: int | None = 4
    intensity: float | None = None
    intensity_file: str | None = None
    split_labels: Mapping[str, str] | None = None
    label_field: str | None = None
    own: bool = False


class ScanFiles(NamedTuple):
    """Files of one scan, relative to the root: scan, labels, intensities."""
    sample_id: str
    scan: str
    label: str
    intensity: str | None


def find_scans(root: Path,
               layout: Layout,
               split: str,
               sequences: Sequence[str] | None = None) -> list[ScanFiles]:
    """List the scans of a split, ordered by sequence and name.

    Args:
        root (Path): The dataset's folder.
        layout (Layout): Its table.
        split (str): Key of ``layout.splits``.
        sequences (Sequence[str], optional): Sequences instead of the
            split's own.

    Returns:
        list[ScanFiles]: Files of each scan; label files may be missing.

    Raises:
        MissingInput: No scan, or no list file.
        BadInput: Unknown split, a sequence of ``sequences`` without scans,
            an empty scan, or a list file in another
            format.
    """
    root = Path(root)
    if split not in layout.splits:
        raise BadInput(f"Unknown split '{split}'; the layout has "
                       f'{list(layout.splits)}'
                       f'{closest(split, layout.splits, 1)}')
    chosen = layout.splits[split]
    if sequences is not None:
        chosen = _given(root, layout, sequences)
    if isinstance(chosen, str):
        found = list(_listed(root / chosen, layout))
    else:
        label = (layout.split_labels or {}).get(split, layout.label)
        matches = {
            sequence: list(_matches(root, layout.scan, sequence))
            for sequence in chosen
        }
        found = [
            _files(layout, label, fields) for each in matches.values()
            for fields in each
        ]
        empty = [name for name, each in matches.items() if not each]
        if found and empty:
            print_log(
                f"'{root}' holds no scan of the sequences {empty}, of "
                f"{list(matches)} (split '{split}'): they are left out.",
                logger='current',
                level=logging.WARNING)
    if not found:
        raise MissingInput(
            f"'{root}' holds no scan '{layout.scan}' of the sequences "
            f"{chosen} (split '{split}'): check data_root. The folders are "
            f'described at {layout.source}.')
    return found


def _given(root: Path, layout: Layout,
           sequences: Sequence[str]) -> tuple[str, ...]:
    """Check sequences that a person has chosen; each must have a scan."""
    if isinstance(sequences, str) or not sequences:
        raise BadInput(f'sequences={sequences!r} is not a list of names: '
                       "write sequences=['08'].")
    for name in sequences:
        if not isinstance(name, str) or not any(
                _matches(root, layout.scan, name)):
            there = {
                each['sequence']
                for each in _matches(root, layout.scan, '*')
            }
            raise BadInput(
                f'sequences={list(sequences)!r}: there is no scan of '
                f"{name!r} in '{root}'{closest(name, there)}")
    return tuple(sequences)


def _matches(root: Path, pattern: str,
             sequence: str) -> Iterator[dict[str, str]]:
    """List the placeholders' values for each scan of a sequence, sorted."""
    if '{sequence}' in pattern:
        glob = pattern.format(sequence=sequence, name='*')
    else:
        glob = pattern.format(name=sequence)
    form = re.escape(pattern).replace(r'\{sequence\}', '(?P<sequence>.+)')
    form = form.replace(r'\{name\}', '(?P<name>[^/]+)')
    for path in sorted(root.glob(glob)):
        below = path.relative_to(root)
        match = re.fullmatch(form, below.as_posix())
        # Hidden: macOS' ._000000.bin, what rsync and editors leave behind.
        hidden = any(part.startswith('.') for part in below.parts)
        if match is not None and not hidden and not path.is_dir():
            require_content(path)
            yield dict(dict(sequence=''), **match.groupdict())


def _files(layout: Layout, label: str, fields: dict[str, str]) -> ScanFiles:
    intensity = layout.intensity_file
    return ScanFiles(
        _id('{sequence}/{name}'.format(**fields)),
        layout.scan.format(**fields), label.format(**fields), intensity
        and intensity.format(**fields))


def _id(path: str) -> str:
    return path.rsplit('.', 1)[0].strip('/').replace('/', '_')


def _listed(path: Path, layout: Layout) -> Iterator[ScanFiles]:
    if not path.is_file():
        raise MissingInput(f"The list of scans '{path}' does not exist; "
                           'check data_root.')
    for number, line in enumerate(path.read_text().splitlines(), 1):
        names = line.split()
        if layout.own and len(names) == 1:
            sequence, _, name = names[0].rpartition('/')
            yield _files(layout, layout.label,
                         dict(sequence=sequence, name=name))
        elif names and len(names) != 2:
            raise BadInput(f"'{path}', line {number}: '{line}' is not "
                           'the name of a scan and that of its labels.')
        elif names:
            yield ScanFiles(_id(names[0]), names[0], names[1], None)
