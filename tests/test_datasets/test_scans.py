"""Scan files, each written here by hand from its format's description."""
import struct

import numpy as np
import pytest

from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.datasets.scans.pcd import read_pcd

FIELDS = 'x y z intensity'


@pytest.fixture
def points():
    """(40, 5) as nuScenes': intensities 0 to 255, rings 0 to 31."""
    rng = np.random.default_rng(0)
    xyz = rng.uniform(-40, 40, (40, 3))
    table = np.concatenate(
        [xyz, rng.integers(2, 256, (40, 1)),
         rng.integers(0, 32, (40, 1))], 1)
    return table.astype(np.float32)


def header(kind,
           count,
           fields=FIELDS,
           sizes='4 4 4 4',
           types='F F F F',
           counts='1 1 1 1'):
    return ('# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n'
            f'FIELDS {fields}\nSIZE {sizes}\nTYPE {types}\nCOUNT {counts}\n'
            f'WIDTH {count}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\n'
            f'POINTS {count}\nDATA {kind}\n').encode()


def rows(points):
    return b''.join(struct.pack('<4f', *row[:4]) for row in points)


def lzf_literals(data):
    """A valid LZF stream without any back reference."""
    return b''.join(
        bytes([len(data[i:i + 32]) - 1]) + data[i:i + 32]
        for i in range(0, len(data), 32))


def write(path, points, kind):
    if kind == 'bin5':
        path = path.with_suffix('.bin')
        path.write_bytes(b''.join(struct.pack('<5f', *p) for p in points))
    elif kind == 'bin4':
        path = path.with_suffix('.bin')
        path.write_bytes(rows(points))
    elif kind == 'npy':
        path = path.with_suffix('.npy')
        np.save(path, points.astype(np.float64))
    elif kind == 'pcd ascii':
        path = path.with_suffix('.pcd')
        lines = [' '.join(repr(float(v)) for v in p[:4]) for p in points]
        path.write_bytes(
            header('ascii', len(points)) + '\n'.join(lines).encode() + b'\n')
    elif kind == 'pcd binary':
        path = path.with_suffix('.PCD')
        path.write_bytes(header('binary', len(points)) + rows(points))
    elif kind == 'pcd compressed':
        path = path.with_suffix('.pcd')
        columns = b''.join(
            struct.pack(f'<{len(points)}f', *points[:, i]) for i in range(4))
        packed = lzf_literals(columns)
        path.write_bytes(
            header('binary_compressed', len(points)) +
            struct.pack('<II', len(packed), len(columns)) + packed)
    elif kind == 'ply ascii':
        path = path.with_suffix('.ply')
        lines = [' '.join(repr(float(v)) for v in p[:4]) for p in points]
        path.write_text(ply_header('ascii', len(points)) + '\n'.join(lines))
    elif kind == 'ply big endian':
        path = path.with_suffix('.ply')
        path.write_bytes(
            ply_header('binary_big_endian', len(points)).encode() +
            b''.join(struct.pack('>4f', *p[:4]) for p in points))
    return path


def ply_header(kind, count, last='scalar_Intensity'):
    names = ''.join(f'property float {n}\n' for n in ('x', 'y', 'z', last))
    return (f'ply\nformat {kind} 1.0\nelement vertex {count}\n{names}'
            'end_header\n')


KINDS = ('bin5', 'bin4', 'npy', 'pcd ascii', 'pcd binary', 'pcd compressed',
         'ply ascii', 'ply big endian')


@pytest.mark.parametrize('kind', KINDS)
def test_every_format(tmp_path, points, kind):
    found = read_scan(write(tmp_path / 'scan', points, kind))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, points[:, :4])


def test_columns_are_told_apart_where_both_fit_the_size(tmp_path, points):
    """40 points of 5 values take the bytes of 50 points of 4."""
    assert points.nbytes % 16 == points.nbytes % 20 == 0
    path = write(tmp_path / 'scan', points, 'bin5')
    np.testing.assert_array_equal(read_scan(path), points[:, :4])
    path = write(tmp_path / 'kitti', points, 'bin4')
    assert path.stat().st_size % 20 == 0
    np.testing.assert_array_equal(read_scan(path), points[:, :4])
    np.abs(points).tofile(path)
    with pytest.raises(ValueError, match=r'kitti.*\[5, 4\].*--columns'):
        read_scan(path)
    np.testing.assert_array_equal(
        read_scan(path, columns=5),
        np.abs(points)[:, :4])


def test_intensities_from_0_to_1_are_brought_to_255(tmp_path, points):
    points[:, 3] /= 255
    path = write(tmp_path / 'scan', points, 'bin4')
    np.testing.assert_allclose(read_scan(path)[:, 3], 255 * points[:, 3])
    scaled = read_scan(path, intensity_scale=2)
    np.testing.assert_allclose(scaled[:, 3], 2 * points[:, 3])
    points[:, 3] *= 65535 / points[:, 3].max()
    path = write(tmp_path / 'scan', points, 'npy')
    with pytest.raises(ValueError, match='reach 65535.*--intensity-scale 0.0'):
        read_scan(path)


def test_missing_intensity(tmp_path, points):
    paths = [tmp_path / 'a.npy', tmp_path / 'a.ply', tmp_path / 'a.pcd']
    np.save(paths[0], points[:, :3])
    text = '\n'.join(' '.join(map(str, p[:4])) for p in points)
    paths[1].write_text(ply_header('ascii', len(points), 'rgb') + text)
    paths[2].write_bytes(
        header('ascii', len(points), 'x y z rgb') + text.encode())
    for path in paths:
        with pytest.raises(ValueError, match=f'{path.name}.*--intensity 20'):
            read_scan(path)
        found = read_scan(path, intensity=20)
        assert (found[:, 3] == 20).all()
        np.testing.assert_allclose(found[:, :3], points[:, :3], rtol=1e-6)


def test_pcd_with_padding_doubles_and_several_values(tmp_path):
    """Padding is called '_'; a field of three values is left out."""
    path = tmp_path / 'scan.pcd'
    fields = dict(
        fields='x _ y z normal _ intensity',
        sizes='8 1 8 8 4 2 1',
        types='F U F F F U U',
        counts='1 4 1 1 3 1 1')
    body = b''.join(
        struct.pack('<d4xdd3f2xB', i, i + .5, -i, 7, 8, 9, 10 * i)
        for i in range(5))
    path.write_bytes(header('binary', 5, **fields) + body)
    assert 'normal' not in read_pcd(path)
    np.testing.assert_array_equal(
        read_scan(path), [[i, i + .5, -i, 10 * i] for i in range(5)])


def test_compressed_back_references(tmp_path):
    """A run of one value: a literal, then a reference that overlaps."""
    columns = struct.pack('<f', 2.5) * 400
    packed = b'\x03' + columns[:4]
    at = 4
    while at < len(columns):
        length = min(len(columns) - at, 264)
        packed += bytes([7 << 5, length - 9, 3])
        at += length
    path = tmp_path / 'scan.pcd'
    path.write_bytes(
        header('binary_compressed', 100) +
        struct.pack('<II', len(packed), len(columns)) + packed)
    np.testing.assert_array_equal(read_scan(path), np.full((100, 4), 2.5))


@pytest.mark.parametrize('kind', KINDS)
def test_truncated_files(tmp_path, points, kind):
    path = write(tmp_path / 'scan', points, kind)
    content = path.read_bytes()
    path.write_bytes(content[:-37])
    with pytest.raises(ValueError, match=path.name):
        read_scan(path)
    path.write_bytes(b'')
    with pytest.raises(ValueError, match=path.name):
        read_scan(path)


@pytest.mark.parametrize('kind', KINDS)
def test_points_that_are_not_finite(tmp_path, points, kind):
    points[7, 1] = np.nan
    path = write(tmp_path / 'scan', points, kind)
    with pytest.raises(ValueError, match=f'{path.name}.*first at row 7'):
        read_scan(path)


def test_other_bad_input(tmp_path, points):
    with pytest.raises(FileNotFoundError, match='no.bin'):
        read_scan(tmp_path / 'no.bin')
    las = tmp_path / 'scan.las'
    las.write_bytes(b'x')
    with pytest.raises(ValueError, match=r'scan.las.*\.bin.*\.ply'):
        read_scan(las)
    path = write(tmp_path / 'scan', points, 'bin5')
    with pytest.raises(ValueError, match='800 bytes.*rows of 7.*--columns'):
        read_scan(path, columns=7)
    with pytest.raises(ValueError, match='at least 3 columns, not 2'):
        read_scan(path, columns=2)
    np.save(tmp_path / 'flat.npy', points[:, 0])
    with pytest.raises(ValueError, match=r'flat.npy.*\(40,\)'):
        read_scan(tmp_path / 'flat.npy')
    np.save(tmp_path / 'none.npy', points[:0])
    with pytest.raises(ValueError, match='none.npy.*no point'):
        read_scan(tmp_path / 'none.npy')
    np.save(tmp_path / 'objects.npy', np.array([{}] * 4), allow_pickle=True)
    with pytest.raises(ValueError, match='objects.npy'):
        read_scan(tmp_path / 'objects.npy')
    other = tmp_path / 'other.pcd'
    other.write_bytes(header('ascii', 0, 'u v w intensity'))
    with pytest.raises(ValueError, match='other.pcd.*no x, y, z'):
        read_scan(other)
    other.write_bytes(header('zip', 1))
    with pytest.raises(ValueError, match='DATA zip'):
        read_scan(other)


def test_the_real_scans(real_data):
    keyframe = next(
        (real_data / 'nuscenes_keyframe/samples/LIDAR_TOP').iterdir())
    found = read_scan(keyframe)
    assert len(found) == 34688 and found[:, 3].max() > 100
    kitti = real_data / 'semantickitti/sequences/00/velodyne/000000.bin'
    found = read_scan(kitti)
    assert len(found) == 124668
    assert 200 < found[:, 3].max() <= 255
