"""Feed spoilt files to the readers until one fails without an explanation.

Not a test: what it finds becomes one, in ``test_fuzz_finds.py``. Needs
atheris (``pip install atheris``), which is not a dependency; run it from the
checkout's root for as many seconds as you like::

    PYTHONPATH=.:tests python tests/test_faults/fuzz_readers.py \
        -max_total_time=600 -rss_limit_mb=4096 -malloc_limit_mb=65536

Without atheris, ``python tests/test_faults/fuzz_readers.py SECONDS`` flips
bytes of valid files at random.
"""
import os
import pickle
import random
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path

import numpy as np

try:
    import atheris
except ImportError:
    atheris = None

from test_faults.of_files import INFOS, KITTI, read_infos, read_labels
from test_faults.scan_files import KINDS, SUFFIX, cloud, content, save

from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.io.camera_image import CameraImage
from reldistill_mm.io.segment_map import read_segments

# In memory, where there is such a folder.
FOLDER = Path(
    tempfile.mkdtemp(dir='/dev/shm' if os.path.isdir('/dev/shm') else None))


def scan_reader(suffix: str) -> Callable[[bytes], object]:
    return lambda data: read_scan(save(FOLDER / f'a{suffix}', data))


def png() -> bytes:
    from PIL import Image
    from test_faults.of_images import COLOURS, encode
    return encode(Image.fromarray(COLOURS[::8, ::8]))


def jpeg() -> bytes:
    from PIL import Image
    from test_faults.of_images import COLOURS, encode
    return encode(Image.fromarray(COLOURS[::8, ::8]), 'JPEG')


def npy(values: np.ndarray) -> bytes:
    path = FOLDER / 'seed.npy'
    np.save(path, values)
    return path.read_bytes()


def read_map(name: str, data: bytes) -> np.ndarray:
    (FOLDER / name).write_bytes(data)
    return read_segments(str(FOLDER / name))


# What reads a file, and valid ones to start from.
TARGETS: list[tuple[Callable[[bytes], object], list[bytes]]] = [
    (scan_reader(suffix),
     [content(cloud(4), kind) for kind in KINDS if SUFFIX[kind] == suffix])
    for suffix in ('.pcd', '.ply', '.npy', '.bin')
] + [
    (lambda data: read_labels(FOLDER, data, 4), [bytes(4)]),
    (lambda data: read_labels(FOLDER, data, 4, **KITTI), [bytes(16)]),
    (lambda data: read_labels(FOLDER, data, 4, 'a.npy', **KITTI),
     [npy(np.zeros(4, int))]),
    (lambda data: read_infos(FOLDER, data), [pickle.dumps(INFOS)]),
    (lambda data: np.asarray(CameraImage(data, 'a')), [png(), jpeg()]),
    (lambda data: read_map('a.png', data), [png()]),
    (lambda data: read_map('a.npz', data), [npy(np.zeros((4, 4), int))]),
]

FINDS: set[str] = set()


def run_one(data: bytes) -> None:
    """The first byte chooses the reader, the rest is the file.

    What is not explained is printed, once for each place, and fuzzing goes
    on.
    """
    if not data:
        return
    read, _ = TARGETS[data[0] % len(TARGETS)]
    try:
        read(data[1:])
    except (BadInput, MissingInput) as error:
        if not str(error).isprintable():
            find('NotOneLine', error, data)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        find(f'{type(error).__name__} at {place.filename}:{place.lineno}',
             error, data)


def find(name: str, error: Exception, data: bytes) -> None:
    if name not in FINDS:
        FINDS.add(name)
        print(
            f'FIND {name}: {error} in {data[0] % len(TARGETS)}',
            data[1:],
            flush=True)


def seeds() -> list[bytes]:
    return [
        bytes([index]) + data for index, (_, files) in enumerate(TARGETS)
        for data in files
    ]


def flip(data: bytes, rng: random.Random) -> bytes:
    """Change, repeat or cut out some bytes of a file."""
    spoilt = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(1, len(spoilt) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            spoilt[at:at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            spoilt[at:at + rng.randint(1, 16)] = b''
        elif kind == 2:
            spoilt[at:at] = spoilt[at - 1:at + rng.randint(1, 16)]
        else:
            spoilt[at:at] = rng.choice([b'-1', b'999999999', b'0', b'nan'])
    return bytes(spoilt)


def flip_for(seconds: float, seed: int = 0) -> int:
    """Spoil valid files at random; return the number of finds."""
    rng, files, count = random.Random(seed), seeds(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        count += 1
        run_one(flip(rng.choice(files), rng))
    print(f'{count} files, {len(FINDS)} finds')
    return len(FINDS)


def main() -> None:
    if atheris is None:
        raise SystemExit(flip_for(float(sys.argv[1])) > 0)
    corpus = FOLDER / 'corpus'
    corpus.mkdir()
    for number, data in enumerate(seeds()):
        save(corpus / str(number), data)
    atheris.Setup([*sys.argv, str(corpus)], run_one)
    atheris.Fuzz()


def instrument() -> None:
    """Let atheris see which branches of the scans' readers a file takes."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(('reldistill_mm.datasets.scans.', 'plyfile')):
            continue
        for key, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType) and (value.__module__
                                                          == name):
                setattr(module, key, atheris.instrument_func(value))


if __name__ == '__main__':
    if atheris is not None:
        instrument()
    main()
