"""The teacher's cache of large datasets, from the bytes of one keyframe."""
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from .keyframe import load_keyframe
from .measure import OTHER, OURS, Settings, in_fresh_process
from .reads import SHARD_MB, WIDTH, measure, write_copies

# Pairs that the recipe's cache has and that its training draws of them.
PAIRS, DRAWN = 4096, 1024
# Keyframes that a GPU is given each second: an assumption, all rates are
# proportional to it.
PER_SECOND = 10
GPUS = (1, 8, 64)
_READ = 48


class Dataset(NamedTuple):
    """A dataset's train split.

    Attributes:
        name: Its name.
        keyframes: Clouds with images.
        cameras: Cameras of each.
        points: Points of each cloud; None for those of the keyframe that is
            measured.
        source: Where the numbers come from.
    """
    name: str
    keyframes: int
    cameras: int
    points: int | None
    source: str


DATASETS = (
    Dataset(
        'nuScenes', 28130, 6, None,
        "keyframes of the train split in mmdet3d's info file; points and "
        'pairs of the keyframe that is measured'),
    Dataset(
        'Waymo', 158081, 5, 177_000,
        'frames of the train split of version 1.2 in the catalogue of '
        'TensorFlow Datasets (waymo_open_dataset); points per frame of all '
        'returns from Sun et al., CVPR 2020, table 1'),
    Dataset(
        'Argoverse 2', 700 * 150, 7, 98_236,
        '700 logs of the train split with about 150 sweeps each, 7 ring '
        "cameras, and the points of the example sweep, from Argoverse's user "
        'guide (Sensor Dataset)'),
)


class Sizes(NamedTuple):
    """Bytes of a keyframe's file: ``pair * P + N / 8 + rest``.

    Attributes:
        pair: Bytes of a pair, with its features.
        rest: Header of the file.
        pairs, points: P and N of the keyframe that is measured.
    """
    pair: float
    rest: float
    pairs: int
    points: int

    def of(self, pairs: int, points: int) -> float:
        """Bytes of a keyframe with so many pairs and points."""
        return self.pair * pairs + points / 8 + self.rest

    def read(self, pairs: int, points: int) -> float:
        """Bytes of it that training reads: all columns, some features."""
        left = max(pairs - DRAWN, 0)
        return self.of(pairs, points) - 2 * WIDTH * left


def measure_sizes(data: str | None) -> Sizes:
    """Write a keyframe's file with all pairs and with some."""
    frame = load_keyframe(data)
    with TemporaryDirectory() as folder:
        found = []
        for most in (None, PAIRS):
            root = Path(folder, str(most))
            count = write_copies(root, frame, most, 1)
            file, = root.glob('*.safetensors')
            found.append((count, file.stat().st_size))
    (many, large), (few, small) = found
    pair = (large - small) / (many - few)
    points = len(frame.points)
    return Sizes(pair, small - pair * few - points / 8, many, points)


def cache_tables(settings: Settings) -> list[dict[str, Any]]:
    """Tables of caches, and of what reading them asks for."""
    sizes = measure_sizes(settings.data)
    reads = in_fresh_process(measure, settings.data, PAIRS, DRAWN, _READ,
                             settings.repetitions)
    return [size_table(sizes), read_table(sizes, reads)]


def size_table(sizes: Sizes) -> dict[str, Any]:
    """Bytes and files of each dataset's cache, computed."""
    cells = []
    for each in DATASETS:
        points = each.points or sizes.points
        every = round(points * sizes.pairs / sizes.points)
        for what, pairs in ((f'--pairs {PAIRS}', PAIRS), ('all', every)):
            keyframe = sizes.of(pairs, points)
            total = keyframe * each.keyframes
            in_shard = max(int(SHARD_MB * 1e6 // keyframe), 1)
            cells.append([
                each.name, f'{each.keyframes:,} x {each.cameras}',
                f'{pairs:,} ({what})', f'{keyframe / 1e6:.2f} MB',
                f'{total / 1e12:.2f} TB',
                f'{math.ceil(each.keyframes / in_shard):,}'
            ])
    notes = [
        f'Measured on one keyframe of {sizes.points:,} points and '
        f'{sizes.pairs:,} pairs, D = {WIDTH}: {sizes.pair:.2f} bytes per '
        f'pair, a bit per point, and {sizes.rest:.0f} bytes. The rest is '
        'computed.',
        'Assumed: elsewhere as many pairs per point as there, '
        f'{sizes.pairs / sizes.points:.2f}. Fewer cameras see fewer points '
        '(Waymo has none at the back).',
        *(f'{each.name}: {each.source}.' for each in DATASETS),
    ]
    return dict(
        case='Caches',
        head=[
            'dataset', 'keyframes x cameras', 'pairs of a keyframe',
            'its file', 'cache', f'shards of {SHARD_MB} MB'
        ],
        cells=cells,
        notes=notes)


def read_table(sizes: Sizes, reads: list[dict[str, Any]]) -> dict[str, Any]:
    """Reads and bytes per second that so many GPUs ask for, computed."""
    cells = []
    for each in DATASETS:
        points = each.points or sizes.points
        wanted = [
            f'{PER_SECOND * gpus:,} reads, '
            f'{PER_SECOND * gpus * sizes.read(PAIRS, points) / 1e6:,.0f} MB'
            for gpus in GPUS
        ]
        cells.append([each.name, *wanted])
    notes = [
        f'Computed for {PER_SECOND} keyframes per second of each GPU, which '
        f'is assumed, {DRAWN} pairs drawn of {PAIRS}; proportional to both. '
        'From object stores each machine fetches each shard once, which is '
        'the cache divided by the time of the first epoch.'
    ]
    for row in reads:
        rate, files = (1 / row[way]['median_s'] for way in (OURS, OTHER))
        ratio = row['ratio']
        notes.append(
            f"Measured, one process, {row['case']}: {rate:.0f} reads per "
            f'second from shards, {files:.0f} from files on the same disk '
            f"(ratio {ratio['median']:.2f}, {ratio['least']:.2f} to "
            f"{ratio['most']:.2f}, {row[OURS]['repetitions']} turns).")
    return dict(
        case='Reads per second',
        head=['dataset', *(f'{gpus} GPUs' for gpus in GPUS)],
        cells=cells,
        notes=notes)
