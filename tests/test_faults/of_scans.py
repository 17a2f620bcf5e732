"""Situations: scan files whose bytes are not what they should be."""
import gzip
import io
import struct

import numpy as np
from test_faults.scan_files import (cloud, compressed, content, pcd_header,
                                    ply_header, save, save_scan, text_rows)
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.datasets.scans import read_scan

AS_IT_IS = 'the points as they were measured'


def same(scan, points=None):
    points = cloud() if points is None else points
    np.testing.assert_array_equal(scan.points, points[:, :4])


@situation('an empty .bin', 'bytes', REFUSED, "'a.bin' holds no points.")
def _(tmp):
    read_scan(save(tmp / 'a.bin', b''))


@situation('a .bin cut off within a point', 'bytes', REFUSED,
           "'a.bin' has 763 bytes, which are not rows of 5 or 4 float32: it "
           'is truncated (copy it again) or has another number of columns '
           '(--columns).')  # yapf: disable
def _(tmp):
    read_scan(save(tmp / 'a.bin', content(cloud(), 'bin5')[:-37]))


@situation('a PNG called .bin', 'bytes', REFUSED,
           "'a.bin' is a picture (PNG).")
def _(tmp):
    from PIL import Image
    Image.new('RGB', (4, 4)).save(tmp / 'a.png')
    read_scan((tmp / 'a.png').rename(tmp / 'a.bin'))


@situation(
    'the pointer of Git LFS in place of a scan', 'bytes', REFUSED,
    "'a.bin' is a pointer of Git LFS, not the file itself: run git "
    'lfs pull.')
def _(tmp):
    read_scan(
        save(
            tmp / 'a.bin', b'version https://git-lfs.github.com/spec/v1\n'
            b'oid sha256:00\nsize 3\n'))


@situation(
    'a text of coordinates called .bin', 'bytes', REFUSED,
    "'a.bin' is text, not rows of float32: write it by NumPy's "
    "astype('float32').tofile(), or as .ply or .pcd, which may be "
    'text.')
def _(tmp):
    read_scan(save(tmp / 'a.bin', text_rows(cloud())[:800]))


@situation('a scan called .bin.gz', 'bytes', REFUSED,
           "'a.bin.gz' is compressed: unpack it first.")
def _(tmp):
    read_scan(save(tmp / 'a.bin.gz', gzip.compress(content(cloud(), 'bin5'))))


@situation('a gzip under a plain name', 'bytes', REFUSED,
           "'a.bin' is compressed (gzip): unpack it first.")
def _(tmp):
    packed = gzip.compress(content(cloud(), 'bin5'))
    read_scan(save(tmp / 'a.bin', packed + bytes(-len(packed) % 20)))


@situation('an array of NumPy called .bin', 'bytes', REFUSED,
           "'a.bin' is an array of NumPy: name it .npy.")
def _(tmp):
    read_scan(save(tmp / 'a.bin', content(cloud(), 'npy')))


@situation('a PCD file called .ply', 'bytes', REFUSED,
           "'a.ply' is a PCD file: name it .pcd.")
def _(tmp):
    read_scan(save(tmp / 'a.ply', content(cloud(), 'pcd binary')))


@situation(
    'a LAS file', 'bytes', REFUSED,
    "'a.las' has none of the extensions ['.bin', '.npy', '.pcd', "
    "'.ply'].")
def _(tmp):
    read_scan(save(tmp / 'a.las', b'LASF'))


@situation('a big-endian PLY', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    same(read_scan(save_scan(tmp, 'ply big')))


@situation('an ascii PLY', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    same(read_scan(save_scan(tmp, 'ply ascii')))


@situation('a PLY with lists in an element before the vertices', 'bytes',
           RIGHT, AS_IT_IS)
def _(tmp):
    more = 'element face 2\nproperty list uchar int vertex_indices\n'
    faces = struct.pack('<B3iB2i', 3, 0, 1, 2, 2, 5, 6)
    body = faces + cloud()[:, :4].astype('<f4').tobytes()
    same(
        read_scan(
            save(tmp / 'a.ply',
                 ply_header('binary_little_endian', 40, more) + body)))


@situation('a PLY whose vertices have a list', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    head = ply_header('ascii', 40).replace(
        b'property float x', b'property list uchar int seen\nproperty float x')
    body = b'\n'.join(b'2 7 8 ' + line
                      for line in text_rows(cloud()).splitlines())
    same(read_scan(save(tmp / 'a.ply', head + body)))


@situation(
    'a PLY cut off', 'bytes', REFUSED,
    "'scan.ply' is not a complete PLY file of vertices (element "
    "'vertex': row 37: early end-of-file). Copy it again.")
def _(tmp):
    path = save_scan(tmp, 'ply little')
    read_scan(save(path, path.read_bytes()[:-37]))


@situation(
    'a PLY of more vertices than its header says', 'bytes', REFUSED,
    "'a.ply' goes on for 160 bytes after what its header says: "
    'correct the counts in the header.')
def _(tmp):
    read_scan(
        save(
            tmp / 'a.ply',
            content(cloud(), 'ply little').replace(b'vertex 40',
                                                   b'vertex 30')))


@situation(
    'a PLY of 10^15 vertices in its header', 'bytes', REFUSED,
    "'a.ply' is not a complete PLY file of vertices (...). Copy it "
    'again.')
def _(tmp):
    read_scan(
        save(
            tmp / 'a.ply',
            content(cloud(), 'ply ascii').replace(b'vertex 40',
                                                  b'vertex 1000000000000000')))


@situation('a PLY without vertices', 'bytes', REFUSED,
           "'a.ply' holds no points.")
def _(tmp):
    read_scan(save(tmp / 'a.ply', ply_header('binary_little_endian', 0)))


@situation('a compressed PCD', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    same(read_scan(save_scan(tmp, 'pcd compressed')))


@situation(
    'a compressed PCD cut off', 'bytes', REFUSED,
    "'scan.pcd' is truncated or damaged: its compressed points do not "
    'unpack. Copy it again.')
def _(tmp):
    path = save_scan(tmp, 'pcd compressed')
    read_scan(save(path, path.read_bytes()[:-37]))


@situation(
    'a compressed PCD of fewer points than its header says', 'bytes', REFUSED,
    "'a.pcd' is truncated: 640 bytes for 41 points of 16. "
    'Copy it again.')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('binary_compressed', 41) + compressed(cloud())))


@situation(
    'a PCD that ends within its header', 'bytes', REFUSED,
    "'a.pcd' is not a complete PCD file: it has no line 'DATA'. Copy "
    'it again.')
def _(tmp):
    read_scan(save(tmp / 'a.pcd', pcd_header('binary', 40)[:100]))


@situation(
    'a PCD with a SIZE that no number has', 'bytes', REFUSED,
    "'a.pcd' has an incomplete or contradictory PCD header "
    '(ValueError: x of TYPE and SIZE F3).')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('binary', 40, SIZE='3 4 4 4') + bytes(640)))


@situation(
    'a PCD with COUNT 0', 'bytes', REFUSED,
    "'a.pcd' has an incomplete or contradictory PCD header "
    '(ValueError: COUNT 0 of x).')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('binary', 40, COUNT='0 1 1 1') + bytes(480)))


@situation(
    'a PCD whose SIZE and body do not fit', 'bytes', REFUSED,
    "'a.pcd' goes on after its 40 points of 12 bytes, for 160 bytes: "
    'correct POINTS, SIZE or COUNT in its header.')
def _(tmp):
    head = pcd_header(
        'binary',
        40,
        FIELDS='x y z',
        SIZE='4 4 4',
        TYPE='F F F',
        COUNT='1 1 1')
    read_scan(save(tmp / 'a.pcd', head + bytes(640)))


@situation(
    'a PCD whose POINTS are not WIDTH x HEIGHT', 'bytes', REFUSED,
    "'a.pcd' has an incomplete or contradictory PCD header "
    '(ValueError: POINTS 40, WIDTH and HEIGHT [20, 1]).')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('binary', 40, WIDTH='20') + bytes(640)))


@situation('a PCD without POINTS', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    body = cloud()[:, :4].astype('<f4').tobytes()
    same(
        read_scan(
            save(tmp / 'a.pcd',
                 pcd_header('binary', 40, POINTS='') + body)))


@situation(
    'a PCD with a VIEWPOINT that is not numeric', 'bytes', REFUSED,
    "'a.pcd' has a VIEWPOINT that is not numeric: ['here', 'or', "
    "'there'].")
def _(tmp):
    read_scan(
        save(
            tmp / 'a.pcd',
            pcd_header('binary', 40, VIEWPOINT='here or there 1 0 0 0') +
            bytes(640)))


@situation(
    'a PCD of more lines than POINTS', 'bytes', REFUSED,
    "'a.pcd' goes on after its 30 points, for 10 lines: correct "
    'POINTS in its header.')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('ascii', 30) + text_rows(cloud())))


@situation(
    'an array of pickled objects', 'bytes', REFUSED,
    "'a.npy' is not a numeric array that NumPy saved (Object arrays "
    'cannot be loaded when allow_pickle=False).')
def _(tmp):
    np.save(tmp / 'a.npy', np.array([{}] * 4), allow_pickle=True)
    read_scan(tmp / 'a.npy')


@situation('a .npz called .npy', 'bytes', REFUSED,
           "'a.npy' is an archive (.zip or .npz): unpack it first.")
def _(tmp):
    file = io.BytesIO()
    np.savez(file, cloud())
    read_scan(save(tmp / 'a.npy', file.getvalue()))


@situation('an array in Fortran order', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    np.save(tmp / 'a.npy', np.asfortranarray(cloud()))
    same(read_scan(tmp / 'a.npy'))


@situation('an array with named fields', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    points = cloud()
    table = np.zeros(40, [('intensity', 'f4'), ('t', 'u8'), ('X', 'f4'),
                          ('Y', 'f4'), ('Z', 'f8')])
    for column, name in enumerate(('X', 'Y', 'Z', 'intensity')):
        table[name] = points[:, column]
    np.save(tmp / 'a.npy', table)
    same(read_scan(tmp / 'a.npy'))


@situation('an array cut off', 'bytes', REFUSED,
           "'a.npy' is not a numeric array that NumPy saved (...).")
def _(tmp):
    read_scan(save(tmp / 'a.npy', content(cloud(), 'npy')[:-37]))


@situation(
    "the devkit's radar array of 18 x N", '2', REFUSED,
    "'a.npy' holds an array (18, 40), which may have its points in "
    'rows or in columns: save it with named fields, or as (N, 3 to '
    '6) with x, y, z, intensity.')
def _(tmp):
    np.save(tmp / 'a.npy', np.zeros((18, 40)))
    read_scan(tmp / 'a.npy')


@situation(
    'a PCD with a SIZE that is not a number (found by fuzzing)', 'bytes',
    REFUSED, "'a.pcd' has an incomplete or contradictory PCD header "
    '(ValueError: x of TYPE and SIZE F,).')
def _(tmp):
    read_scan(
        save(tmp / 'a.pcd',
             pcd_header('binary', 40, SIZE=', 4 4 4') + bytes(640)))


@situation(
    'a PCD whose DATA is unprintable (found by fuzzing)', 'bytes', REFUSED,
    "'a.pcd' has DATA bin?ry; ascii, binary and "
    'binary_compressed can be read.')
def _(tmp):
    read_scan(save(tmp / 'a.pcd', pcd_header('bin\x07ry', 40) + bytes(640)))


@situation('a PLY whose comments are in another alphabet', 'bytes', RIGHT,
           AS_IT_IS)
def _(tmp):
    for kind in ('ply ascii', 'ply big'):
        data = content(cloud(),
                       kind).replace(b'element',
                                     'comment Straße\nelement'.encode(), 1)
        same(read_scan(save(tmp / 'a.ply', data)))


@situation('a PLY with line ends of Windows', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    data = content(cloud(), 'ply ascii').replace(b'\n', b'\r\n')
    same(read_scan(save(tmp / 'a.ply', data)))


@situation('a PCD with line ends of Windows', 'bytes', RIGHT, AS_IT_IS)
def _(tmp):
    data = content(cloud(), 'pcd ascii').replace(b'\n', b'\r\n')
    same(read_scan(save(tmp / 'a.pcd', data)))


@situation(
    'doubles called .bin', 'bytes', REFUSED,
    "'a.bin' may have other than 4 to 7 columns by its size and "
    'intensities: give their number (--columns).')
def _(tmp):
    read_scan(save(tmp / 'a.bin', cloud().astype('<f8').tobytes()))


@situation(
    'big-endian floats called .bin', 'bytes', REFUSED,
    "The coordinates of 'a.bin' reach ... m, farther than the Earth is "
    'round: they are not float32 in metres, but doubles, of another '
    'byte order or of another format.')
def _(tmp):
    read_scan(save(tmp / 'a.bin', cloud().astype('>f4').tobytes()))
