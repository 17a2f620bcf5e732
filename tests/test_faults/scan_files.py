"""Scan files of every format, written from the formats' descriptions."""
import struct
from pathlib import Path

import numpy as np

KINDS = ('bin5', 'bin4', 'npy', 'pcd ascii', 'pcd binary', 'pcd compressed',
         'ply ascii', 'ply little', 'ply big')
SUFFIX = {kind: '.' + kind.split()[0].rstrip('45') for kind in KINDS}


def cloud(count: int = 40) -> np.ndarray:
    """(N, 5) float32 as nuScenes has it, intensities 0 to 255."""
    rng = np.random.default_rng(0)
    xyz = rng.uniform(-40, 40, (count, 3))
    return np.hstack([
        xyz,
        rng.integers(2, 256, (count, 1)),
        rng.integers(0, 32, (count, 1))
    ]).astype(np.float32)


def pcd_header(kind: str, count: int, **changes: str) -> bytes:
    lines = {
        'VERSION': '0.7',
        'FIELDS': 'x y z intensity',
        'SIZE': '4 4 4 4',
        'TYPE': 'F F F F',
        'COUNT': '1 1 1 1',
        'WIDTH': str(count),
        'HEIGHT': '1',
        'VIEWPOINT': '0 0 0 1 0 0 0',
        'POINTS': str(count),
        'DATA': kind,
        **changes
    }
    text = ''.join(f'{key} {value}\n' for key, value in lines.items() if value)
    return ('# .PCD v0.7 - Point Cloud Data file format\n' + text).encode()


def ply_header(kind: str, count: int, more: str = '') -> bytes:
    names = ''.join(f'property float {name}\n'
                    for name in ('x', 'y', 'z', 'intensity'))
    return (f'ply\nformat {kind} 1.0\n{more}element vertex {count}\n{names}'
            'end_header\n').encode()


def text_rows(points: np.ndarray) -> bytes:
    return '\n'.join(' '.join(repr(float(value)) for value in row[:4])
                     for row in points).encode() + b'\n'


def literals(data: bytes) -> bytes:
    """A valid LZF stream without any back reference."""
    return b''.join(
        bytes([len(data[i:i + 32]) - 1]) + data[i:i + 32]
        for i in range(0, len(data), 32))


def compressed(points: np.ndarray) -> bytes:
    columns = points[:, :4].T.astype('<f4').tobytes()
    packed = literals(columns)
    return struct.pack('<II', len(packed), len(columns)) + packed


def content(points: np.ndarray, kind: str) -> bytes:
    """A file's bytes; (N, 4 or 5) points of float32."""
    four = points[:, :4]
    if kind in ('bin4', 'bin5'):
        return points[:, :int(kind[3])].astype('<f4').tobytes()
    if kind == 'npy':
        import io
        file = io.BytesIO()
        np.save(file, points)
        return file.getvalue()
    if kind.startswith('pcd'):
        name = dict(compressed='binary_compressed').get(kind[4:], kind[4:])
        body = dict(
            ascii=text_rows,
            binary=lambda p: p[:, :4].astype('<f4').tobytes(),
            compressed=compressed)[kind[4:]](
                points)
        return pcd_header(name, len(points)) + body
    order = dict(little='<f4', big='>f4').get(kind[4:])
    if order is None:
        return ply_header('ascii', len(points)) + text_rows(points)
    return ply_header(f'binary_{kind[4:]}_endian',
                      len(points)) + four.astype(order).tobytes()


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def save_scan(folder: Path,
              kind: str,
              points: np.ndarray | None = None) -> Path:
    points = cloud() if points is None else points
    return save(folder / f'scan{SUFFIX[kind]}', content(points, kind))
