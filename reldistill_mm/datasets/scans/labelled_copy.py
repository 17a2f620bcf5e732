"""Labels in the format of the scan that they are of."""
from pathlib import Path
from typing import BinaryIO

import numpy as np
from plyfile import PlyData, PlyElement

from .pcd import read_records

FIELD = 'label'
_LABELS = np.dtype([(FIELD, '<u4')])


def label_path(name: Path) -> Path:
    """Name the file of a scan's labels: ``.label`` for ``.bin``."""
    is_bin = name.suffix.lower() == '.bin'
    return name.with_suffix('.label') if is_bin else name


def write_labelled(scan: Path, labels: np.ndarray, out: BinaryIO) -> None:
    """Write a scan's labels as its own format has them.

    Of a ``.pcd`` (then binary) or ``.ply`` a copy with all that it holds and
    the field ``label``, of a ``.npy`` an array, of anything else
    SemanticKITTI's ``.label``.

    Args:
        scan (Path): The scan's file, which :func:`read_scan` has read.
        labels (np.ndarray): (rows of the file,) uint32.
        out (BinaryIO): Where to write.
    """
    labels = labels.astype('<u4')
    kind = scan.suffix.lower()
    if kind == '.pcd':
        _write_pcd(scan, labels, out)
    elif kind == '.ply':
        content = PlyData.read(scan)
        content.elements = [
            PlyElement.describe(_with_labels(each.data, labels), each.name)
            if each.name == 'vertex' else each for each in content
        ]
        content.write(out)
    elif kind == '.npy':
        np.save(out, labels)
    else:
        out.write(labels.tobytes())


def _with_labels(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Records (N,) with the labels in place of what the field held."""
    kept = [name for name in table.dtype.names or () if name != FIELD]
    dtype = np.dtype([(name, table.dtype[name])
                      for name in kept] + _LABELS.descr)
    found = np.empty(len(table), dtype)
    for name in kept:
        found[name] = table[name]
    found[FIELD] = labels
    return found


def _write_pcd(scan: Path, labels: np.ndarray, out: BinaryIO) -> None:
    header, table = read_records(scan)
    table = _with_labels(table, labels)
    types = [table.dtype[name] for name in table.dtype.names or ()]
    # read_records has numbered padding, and fields that repeat.
    given = [name for name in header['FIELDS'] if name != FIELD]
    said = {
        'VERSION': ['.7'],
        'FIELDS': [*given, FIELD],
        'SIZE': [str(each.base.itemsize) for each in types],
        'TYPE': [each.base.kind.upper() for each in types],
        'COUNT': [str(int(np.prod(each.shape))) for each in types],
        'WIDTH': header.get('WIDTH', [str(len(table))]),
        'HEIGHT': header.get('HEIGHT', ['1']),
        'VIEWPOINT': header.get('VIEWPOINT', '0 0 0 1 0 0 0'.split()),
        'POINTS': [str(len(table))],
        'DATA': ['binary']
    }
    for key, words in said.items():
        out.write(f'{key} {" ".join(words)}\n'.encode('ascii'))
    out.write(table.tobytes())
