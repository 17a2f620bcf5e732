"""Scan files, each written here by hand from its format's description."""
import struct

import numpy as np
import pytest

from reldistill_mm.datasets.scans import Scan
from reldistill_mm.datasets.scans import read_scan as read_whole
from reldistill_mm.datasets.scans.pcd import read_pcd
from reldistill_mm.errors import BadInput

FIELDS = 'x y z intensity'


def read_scan(*args, **kwargs) -> np.ndarray:
    """The points alone."""
    return read_whole(*args, **kwargs).points


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
    with pytest.raises(ValueError, match=r'kitti.*\[4, 5.*--columns'):
        read_scan(path)
    np.testing.assert_array_equal(
        read_scan(path, columns=5),
        np.abs(points)[:, :4])


@pytest.mark.parametrize('columns', [6, 7])
@pytest.mark.parametrize('rows', [500, 840])
@pytest.mark.parametrize('lowest', [0, -1])
def test_other_numbers_of_columns_must_be_given(tmp_path, columns, rows,
                                                lowest):
    """Files of 6 columns whose size fits 4, too, with no negative value."""
    table = np.random.default_rng(0).uniform(lowest, 1, (rows, columns))
    table[:, 3] = np.abs(table[:, 3])
    path = tmp_path / 'scan.bin'
    table.astype(np.float32).tofile(path)
    with pytest.raises(BadInput, match='scan.bin.*--columns'):
        read_scan(path)
    assert len(read_scan(path, columns=columns)) == rows


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
    columns = struct.pack('<f', 12.5) * 400
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
    np.testing.assert_array_equal(
        read_scan(path, intensity_scale=1), np.full((100, 4), 12.5))


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
    """Left out, counted, and given a label that is to be ignored."""
    points[7, 1] = np.nan
    points[9, 3] = np.inf
    scan = read_whole(write(tmp_path / 'scan', points, kind), columns=None)
    kept = np.delete(np.arange(40), [7, 9])
    np.testing.assert_array_equal(scan.rows, kept)
    np.testing.assert_array_equal(scan.points, points[kept, :4])
    assert '2 of 40 points are not finite' in scan.notes[0]
    labels = scan.spread(np.arange(38, dtype=np.uint16), 65535)
    assert labels.dtype == np.uint16 and len(labels) == 40
    assert labels[7] == labels[9] == 65535 and labels[39] == 37
    points[:] = np.nan
    with pytest.raises(ValueError, match='no finite point'):
        read_whole(
            write(tmp_path / 'none', points, kind),
            columns=5 if kind == 'bin5' else 4 if kind == 'bin4' else None)


def unit_case(name):
    """Intensities of 4000 points that a user may have."""
    rng = np.random.default_rng(1)
    values = rng.beta(1, 6, 4000)
    cases = dict(
        unit=(values, 255),
        one_above=(np.append(values[1:], 1.0003), 255),
        one_far_above=(np.append(values[1:], 40.), 255),
        byte=(np.round(255 * values), 1),
        dark_byte=(np.round(3 * values), 1),
        one_hot_byte=(np.append(np.round(255 * values[1:]), 4000.), 1))
    return cases[name]


@pytest.mark.parametrize('name', [
    'unit', 'one_above', 'one_far_above', 'byte', 'dark_byte', 'one_hot_byte'
])
def test_one_odd_intensity_decides_nothing(tmp_path, name):
    values, scale = unit_case(name)
    table = np.random.default_rng(0).uniform(-9, 9, (len(values), 4))
    table[:, 3] = values
    np.save(tmp_path / 'a.npy', table)
    scan = read_whole(tmp_path / 'a.npy')
    wanted = np.clip(values * scale, 0, 255)
    np.testing.assert_allclose(scan.points[:, 3], wanted, rtol=1e-6)
    assert f'x {scale:g}' in scan.notes[0]
    assert '--intensity-scale' in scan.notes[0]
    assert ('1 outside' in scan.notes[0]) == name.startswith('one')


@pytest.mark.parametrize('change, words', [
    (lambda v: 20 * np.log10(v + 1e-3), 'negative.*decibels.*--intensity 20'),
    (lambda v: 2 * v + 1, 'neither 0 to 1 nor 0 to 255.*--intensity-scale'),
    (lambda v: np.round(65535 * v), 'reach .*--intensity-scale 0.00389'),
])
def test_intensities_in_no_known_unit(tmp_path, change, words):
    table = np.random.default_rng(0).uniform(0, 1, (4000, 4))
    table[:, 3] = change(table[:, 3])
    np.save(tmp_path / 'a.npy', table)
    with pytest.raises(ValueError, match=words):
        read_whole(tmp_path / 'a.npy')
    assert (read_whole(tmp_path / 'a.npy',
                       intensity=20).points[:, 3] == 20).all()


@pytest.mark.parametrize('rows', [3, 4, 5])
def test_a_cloud_as_the_devkit_keeps_it(tmp_path, points, rows):
    np.save(tmp_path / 'a.npy', points[:, :rows].T)
    scan = read_whole(tmp_path / 'a.npy', intensity=7 if rows == 3 else None)
    np.testing.assert_array_equal(scan.points[:, :3], points[:, :3])


UTM = np.array([691_000., 5_335_000., 519.])


@pytest.mark.parametrize('kind', ['npy', 'ply', 'pcd'])
def test_map_coordinates_keep_their_centimetres(tmp_path, kind):
    """Float64 is cut to float32 only after it was moved to the sensor."""
    rng = np.random.default_rng(0)
    near = np.round(rng.uniform(-40, 40, (500, 3)), 3)
    near[:, 2] = np.round(rng.uniform(-1.8, 2, 500), 3)
    far = near + UTM
    table = np.column_stack([far, np.arange(500.) % 200])
    path = tmp_path / f'a.{kind}'
    if kind == 'npy':
        np.save(path, table)
    elif kind == 'ply':
        head = ply_header('binary_little_endian',
                          500).replace('float x', 'double x').replace(
                              'float y',
                              'double y').replace('float z', 'double z')
        path.write_bytes(head.encode() +
                         b''.join(struct.pack('<3df', *p) for p in table))
    else:
        path.write_bytes(
            header('binary', 500, sizes='8 8 8 4').replace(
                b'VIEWPOINT 0 0 0', b'VIEWPOINT 691000 5335000 519') +
            b''.join(struct.pack('<3df', *p) for p in table))
    scan = read_whole(path)
    np.testing.assert_allclose(scan.own_xyz, far, atol=1e-5)
    assert np.abs(scan.points[:, :3]).max() < 90
    if kind == 'pcd':
        np.testing.assert_array_equal(scan.origin, UTM)
    else:
        assert '--origin X Y Z' in scan.notes[-1]
        # The ground comes to lie where it does for a car's LiDAR.
        assert abs(np.quantile(scan.points[:, 2], .05) + 1.8) < .06
    told = read_whole(path, origin=UTM)
    np.testing.assert_allclose(told.points[:, :3], near, atol=1e-5)


def test_map_coordinates_that_float32_has_cut(tmp_path):
    table = np.random.default_rng(0).uniform(0, 9, (50, 4))
    table[:, :3] += UTM
    np.save(tmp_path / 'a.npy', table.astype(np.float32))
    with pytest.raises(ValueError, match='a.npy.*in float32.*as double'):
        read_whole(tmp_path / 'a.npy')


def test_a_viewpoint_beside_near_points_moves_nothing(tmp_path, points):
    path = write(tmp_path / 'scan', points, 'pcd binary')
    path.write_bytes(path.read_bytes().replace(b'VIEWPOINT 0 0 0',
                                               b'VIEWPOINT 5 6 7'))
    scan = read_whole(path)
    assert isinstance(scan, Scan) and not scan.origin.any()
    np.testing.assert_array_equal(scan.points, points[:, :4])


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


@pytest.mark.parametrize('name', ['._0.bin', '._0.ply', '._0.pcd', '._0.npy'])
def test_what_macos_keeps_beside_a_scan(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b'\0\5\x16\7' + bytes(4092))
    with pytest.raises(BadInput, match=f"is not a scan.*take '{name[2:]}'"):
        read_scan(path)
