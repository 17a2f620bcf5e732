"""Situations: clouds that a training loader would take for others."""
import numpy as np
import torch
from mmdet3d.structures.points import LiDARPoints
from test_faults.scan_files import cloud, content, pcd_header, save
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.datasets.transforms import (CheckPointColumns,
                                               LoadFolderPoints,
                                               LoadLidarPoints, ScaleIntensity)

COLUMNS = (
    "The point cloud 'a.bin' is read with {} columns, which mixes "
    'coordinates and other values; it seems to have {}: set load_dim of the '
    'step that loads points (num_pts_feats in an info file, columns in a '
    'layout), or use tools/segment.py --columns.')
MAP = ("The coordinates of 'a.{}' reach ..., farther than a LiDAR sees: they "
       'are in the frame of a map, which float32 cuts (subtract the position '
       'of the sensor first), not in metres, not float32 (another type or '
       'byte order), or of another number of columns (load_dim).')


def street(count=420, columns=4):
    """(N, columns) float32: flat, as scans are."""
    points = cloud(count)[:, :columns]
    points[:, 2] /= 20
    return points


def load(path, load_dim=4, use_dim=4, **kwargs):
    info = dict(lidar_points=dict(lidar_path=str(path)))
    return LoadLidarPoints(
        load_dim=load_dim, use_dim=use_dim, **kwargs).transform(info)


def load_array(tmp, array, intensity=None, most=255):
    np.save(tmp / 'a.npy', array)
    return LoadFolderPoints().transform(
        dict(
            lidar_points=dict(
                lidar_path=str(tmp / 'a.npy'),
                num_pts_feats=4,
                max_intensity=most,
                intensity_path=intensity)))['points'].tensor.numpy()


def columns_situation(own, load_dim, use_dim):

    @situation(
        f'{own} columns in training, read with load_dim={load_dim}, '
        f'use_dim={use_dim}', '2', REFUSED, COLUMNS.format(load_dim, own))
    def _(tmp):
        points = street(columns=own)
        load(save(tmp / 'a.bin', points.tobytes()), load_dim, use_dim)


for case in ((4, 5, 3), (4, 5, [0, 1, 2, 4]), (4, 3, 3), (5, 4, 3), (3, 4, 3),
             (4, 6, 3), (5, 3, 3)):
    columns_situation(*case)


@situation("4 columns after mmdet3d's loader with load_dim=5, use_dim=3",
           '2', REFUSED, COLUMNS.format(5, 4))  # yapf: disable
def _(tmp):
    path = save(tmp / 'a.bin', street().tobytes())
    points = np.fromfile(path, np.float32).reshape(-1, 5)[:, :3]
    CheckPointColumns(5).transform(
        dict(
            points=LiDARPoints(torch.from_numpy(points)),
            lidar_points=dict(lidar_path=str(path))))


@situation('clouds without any structure, of 3 to 7 columns', '2', RIGHT,
           'loaded as load_dim says')  # yapf: disable
def _(tmp):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for columns in (3, 4, 5, 6, 7):
            points = rng.uniform(0, 9, (60, columns)).astype(np.float32)
            path = save(tmp / 'a.bin', points.tobytes())
            found = load(path, columns, columns)['points'].tensor
            np.testing.assert_array_equal(found, points)


@situation(
    'an array of NumPy in training', '2', REFUSED,
    "'a.npy' is an array of NumPy, not rows of float32: write it by NumPy's "
    "astype('float32').tofile().")
def _(tmp):
    np.save(tmp / 'a.npy', street())
    load(tmp / 'a.npy')


@situation('a PCD file called .bin in training', '2', REFUSED,
           "'a.bin' is a PCD file: name it .pcd.")
def _(tmp):
    load(save(tmp / 'a.bin', content(cloud(), 'pcd binary')))


@situation(
    'a PCD file in training', '2', REFUSED,
    "'a.pcd' is a PCD file, not rows of float32: write it by NumPy's "
    "astype('float32').tofile().")
def _(tmp):
    load(save(tmp / 'a.pcd', content(cloud(), 'pcd binary')))


@situation('a text in training', '2', REFUSED,
           "'a.bin' is text, not rows of float32: ...")
def _(tmp):
    load(save(tmp / 'a.bin', b'1.25 2.50 3.75 20\n' * 160), 4, 3)


@situation('float16 called .bin in training, columns 0 to 2 used', '2',
           REFUSED, MAP.format('bin'))
def _(tmp):
    points = street().astype(np.float16)
    load(save(tmp / 'a.bin', points.tobytes()), 4, 3)


@situation('integers called .bin in training', '2', REFUSED,
           "The coordinates of 'a.bin' are not float32: ...")
def _(tmp):
    points = np.abs(street()).astype(np.int32)
    load(save(tmp / 'a.bin', points.tobytes()), 4, 3)


@situation(
    'one point at 1e29 m in training', '2', REFUSED,
    "The point cloud 'a.bin' has 1 points farther than anything on Earth is "
    'seen, the first at row 7: ... Remove them (and their labels) from the '
    'file.')
def _(tmp):
    points = street()
    points[7, 0] = 1e29
    load(save(tmp / 'a.bin', points.tobytes()))


@situation('map coordinates as double in training', '3', REFUSED,
           MAP.format('npy'))
def _(tmp):
    load_array(tmp, street().astype(np.float64) + [4e5, 5e6, 100, 0])


@situation(
    'an array (4, N) in a folder for training', '2', REFUSED,
    "The point cloud 'a.npy' holds an array (4, 420), which seems to have "
    'its points in columns: save its transpose, (N, 3 or more).')
def _(tmp):
    load_array(tmp, street().T)


for kind in ('complex64', 'bool', 'str'):

    @situation(
        f'an array of {kind} in a folder for training', '2', REFUSED,
        "'a.npy' holds an array (420, 4) of ...; real numbers are needed.")
    def _(tmp, kind=kind):
        load_array(tmp, street().astype(kind))


@situation('intensities of bool beside a scan', '2', REFUSED,
           "'i.npy' holds an array (420,) of bool; real numbers are needed.")
def _(tmp):
    np.save(tmp / 'i.npy', np.ones(420, bool))
    load_array(tmp, street(), str(tmp / 'i.npy'))


for factor in (0., 1e-300, -1., float('nan'), float('inf')):

    @situation(
        f'intensity_scale={factor} in training', 'values', REFUSED,
        f'Intensities times {factor} (intensity_scale, or the factor of '
        'ScaleIntensity) are never 0 to 255: give 255 for those from 0 to 1.')
    def _(tmp, factor=factor):
        LoadLidarPoints(load_dim=4, use_dim=4, intensity_scale=factor)

    @situation(f'ScaleIntensity of factor {factor}', 'values', REFUSED,
               f'Intensities times {factor} ...')
    def _(tmp, factor=factor):
        ScaleIntensity(factor)


@situation('--intensity-scale 1e-300', 'values', REFUSED,
           'The scale of the intensities is positive, not 1e-300 '
           '(--intensity-scale).')  # yapf: disable
def _(tmp):
    read_scan(
        save(tmp / 'a.bin', content(cloud(), 'bin5')),
        5,
        intensity_scale=1e-300)


def table(**columns):
    """A structured array of columns."""
    return np.rec.fromarrays(
        list(columns.values()), names=','.join(columns)).view(np.ndarray)


def far(points):
    """x, y, z and intensity in a map, as doubles."""
    return (points[:, :4].astype(np.float64) + [4e5, 5e6, 100, 0]).T


FLOAT32 = ("The coordinates of 'a...' reach ... m in float32, 0.0... m "
           'apart: export them as double from where they are whole, or '
           'subtract an offset first.')


@situation('map coordinates that were float32, stored as double', '3', REFUSED,
           FLOAT32)
def _(tmp):
    x, y, z, i = far(street())
    x, y = x.astype(np.float32), y.astype(np.float32)
    values = np.stack([x, y, z, i], 1).astype(np.float64)
    np.save(tmp / 'a.npy', values)
    read_scan(tmp / 'a.npy')


@situation('x and y as float32, z as double, in a map', '3', REFUSED, FLOAT32)
def _(tmp):
    x, y, z, i = far(street())
    x, y = x.astype(np.float32), y.astype(np.float32)
    np.save(tmp / 'a.npy', table(x=x, y=y, z=z, intensity=i))
    read_scan(tmp / 'a.npy')


@situation('map coordinates in text of six digits', '3', REFUSED,
           "The coordinates of 'a.ply' reach ...")
def _(tmp):
    for offset in ([12345, 9876, 0, 0], [4e5, 5e6, 100, 0]):
        points = street()[:, :4].astype(np.float64) + offset
        head = ''.join(f'property double {name}\n'
                       for name in ('x', 'y', 'z', 'intensity'))
        rows = ''.join(' '.join(f'{v:g}' for v in row) + '\n'
                       for row in points)
        path = save(
            tmp / 'a.ply', f'ply\nformat ascii 1.0\nelement vertex '
            f'{len(points)}\n{head}end_header\n{rows}'.encode())
        if offset[0] == 12345:
            try:
                read_scan(path)
            except ValueError as error:
                assert 'in steps of 0.1 m' in str(error)
                continue
            raise AssertionError('12345.6 is too coarse')
        read_scan(path)


@situation('map coordinates of whole centimetres, as double', '3', RIGHT,
           'the points, within a millimetre')
def _(tmp):
    values = np.round(far(street()), 2).T
    np.save(tmp / 'a.npy', values)
    scan = read_scan(tmp / 'a.npy')
    np.testing.assert_allclose(scan.own_xyz, values[:, :3], atol=1e-3)


def pcd(tmp, points, viewpoint):
    head = pcd_header('binary', len(points), VIEWPOINT=viewpoint)
    body = np.ascontiguousarray(points[:, :4]).tobytes()
    return read_scan(save(tmp / 'a.pcd', head + body))


@situation('a PCD file around its VIEWPOINT, 400 m from 0', '1', RIGHT,
           "the sensor is where the header's viewpoint says, with a note")
def _(tmp):
    points = street()
    points[:, :3] += [300, 400, 10]
    scan = pcd(tmp, points, '300 400 10 1 0 0 0')
    np.testing.assert_array_equal(scan.origin, [300, 400, 10])
    assert any('viewpoint says' in note for note in scan.notes)


@situation('a PCD file around 0 with a VIEWPOINT elsewhere', '1', RIGHT,
           'the points as they are, and a note that it is not used')
def _(tmp):
    scan = pcd(tmp, street(), '300 400 10 1 0 0 0')
    assert not scan.origin.any()
    assert any('is not used' in note for note in scan.notes)


@situation('fields x and X in one array', '6', REFUSED,
           "'a.npy' has the fields ['x', 'X'], and which is x is not known: "
           'rename the others.')  # yapf: disable
def _(tmp):
    x, y, z, i = street().T
    np.save(tmp / 'a.npy', table(x=x, X=x + 1, y=y, z=z, intensity=i))
    read_scan(tmp / 'a.npy')


@situation(
    'max_intensity=0 of a folder', 'values', REFUSED,
    "max_intensity is the largest intensity of 'a.npy' (1, 255), not 0.")
def _(tmp):
    load_array(tmp, street(), most=0)


@situation('map coordinates that were float32, with one stray point', '3',
           REFUSED, FLOAT32)
def _(tmp):
    values = far(street()).T
    values[:, :3] = values[:, :3].astype(np.float32)
    values[5, :3] = 1e300
    np.save(tmp / 'a.npy', values)
    read_scan(tmp / 'a.npy')
