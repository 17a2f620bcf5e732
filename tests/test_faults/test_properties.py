"""Properties that hold for any input that hypothesis makes up.

``RELDISTILL_EXAMPLES=2000`` tries more than the usual ones.
"""
import io
import os
import pickle
import random

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image
from test_faults.fuzz_readers import flip
from test_faults.of_files import INFOS, read_infos
from test_faults.scan_files import (KINDS, cloud, content, literals,
                                    pcd_header, save, save_scan)
from test_functional.test_geometry import reference_pixel

from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.datasets.scans.lzf import unpack_lzf
from reldistill_mm.datasets.transforms.pack import follow_points, point_sources
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (PointPixelPairs, label_table,
                                      pair_points_with_pixels, voxelize)
from reldistill_mm.io.camera_image import CameraImage
from reldistill_mm.io.inert_pickle import load_values

settings.register_profile(
    'faults',
    max_examples=int(os.environ.get('RELDISTILL_EXAMPLES', 30)),
    deadline=None,
    # The same examples in every run.
    derandomize='RELDISTILL_EXAMPLES' not in os.environ,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture, HealthCheck.too_slow
    ])
settings.load_profile('faults')

NUMBERS = st.integers(0, 2**32 - 1)
METRES = st.floats(-900, 900, width=32)


@st.composite
def clouds(draw):
    """(N, 5) float32: coordinates, intensity and ring."""
    count = draw(st.integers(1, 12))
    xyz = draw(arrays(np.float32, (count, 3), elements=METRES))
    rest = draw(arrays(np.uint8, (count, 2)))
    return np.hstack([xyz, rest.astype(np.float32)])


@pytest.mark.parametrize('kind', KINDS)
@given(points=clouds())
def test_scans_come_back(tmp_path, kind, points):
    columns = int(kind[3]) if kind.startswith('bin') else None
    path = save_scan(tmp_path, kind, points)
    scan = read_scan(path, columns, intensity_scale=1)
    np.testing.assert_array_equal(scan.points, points[:, :4])
    np.testing.assert_array_equal(scan.own_xyz, points[:, :3])
    np.testing.assert_array_equal(scan.rows, np.arange(len(points)))


PCD_TYPES = [
    kind + size for kind, sizes in (('F', '48'), ('I', '1248'), ('U', '1248'))
    for size in sizes
]


@pytest.mark.parametrize('data', ['ascii', 'binary', 'binary_compressed'])
@given(
    types=st.lists(st.sampled_from(PCD_TYPES), min_size=4, max_size=4),
    seed=NUMBERS,
    order=st.permutations(['x', 'y', 'z', 'intensity']))
def test_pcd_of_any_types(tmp_path, data, types, seed, order):
    """Small numbers, which all of the types can hold."""
    dtype = np.dtype([(name, f'<{kind.lower()}')
                      for name, kind in zip(order, types)])
    values = np.random.default_rng(seed).integers(0, 100, (5, 4))
    table = np.zeros(5, dtype)
    for name, column in zip('xyz', values.T):
        table[name] = column
    table['intensity'] = values[:, 3]
    head = pcd_header(
        data,
        5,
        FIELDS=' '.join(order),
        TYPE=' '.join(kind[0] for kind in types),
        SIZE=' '.join(kind[1] for kind in types))
    if data == 'ascii':
        body = '\n'.join(' '.join(map(str, row.tolist()))
                         for row in table).encode()
    elif data == 'binary':
        body = table.tobytes()
    else:
        columns = b''.join(table[name].tobytes() for name in order)
        packed = literals(columns)
        body = np.array([len(packed), len(columns)], '<u4').tobytes() + packed
    scan = read_scan(save(tmp_path / 'a.pcd', head + body), intensity_scale=1)
    np.testing.assert_array_equal(scan.points, values)


@pytest.mark.parametrize('dtype', ['f2', 'f4', '>f4', 'f8', 'i2', '>i4', 'u1'])
@given(seed=NUMBERS, fortran=st.booleans(), columns=st.integers(4, 9))
def test_arrays_of_any_dtype(tmp_path, dtype, seed, fortran, columns):
    values = np.random.default_rng(seed).integers(0, 100, (20, columns))
    table = values.astype(dtype, order='F' if fortran else 'C')
    np.save(tmp_path / 'a.npy', table)
    scan = read_scan(tmp_path / 'a.npy', intensity_scale=1)
    np.testing.assert_array_equal(scan.points, values[:, :4])


def read_or_refuse(read, data: bytes) -> None:
    try:
        read(data)
    except BadInput as error:
        assert str(error).isprintable()


@pytest.mark.parametrize('kind', KINDS)
@given(seed=NUMBERS)
def test_spoilt_scans_are_read_or_refused(tmp_path, kind, seed):
    name = save_scan(tmp_path, kind).name
    data = flip(content(cloud(8), kind), random.Random(seed))
    read_or_refuse(lambda data: read_scan(save(tmp_path / name, data)), data)


@pytest.mark.parametrize('suffix', ['.bin', '.npy', '.pcd', '.ply'])
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path, suffix, data):
    read_or_refuse(lambda data: read_scan(save(tmp_path / f'a{suffix}', data)),
                   data)


@given(seed=NUMBERS)
def test_spoilt_info_files_are_read_or_refused(tmp_path, seed):
    data = flip(pickle.dumps(INFOS), random.Random(seed))
    read_or_refuse(lambda data: read_infos(tmp_path, data), data)


@pytest.mark.parametrize('kind', ['PNG', 'JPEG', 'BMP', 'GIF', 'TIFF', 'WEBP'])
@given(seed=NUMBERS)
def test_spoilt_images_are_read_or_refused(kind, seed):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 11, 3))
    Image.fromarray(pixels.astype(np.uint8)).save(file, kind)
    data = flip(file.getvalue(), random.Random(seed))
    read_or_refuse(lambda data: np.asarray(CameraImage(data, 'a')), data)


@given(data=st.binary(max_size=600))
def test_lzf(data):
    assert unpack_lzf(literals(data)) == data
    assert unpack_lzf(data) is None or len(unpack_lzf(data)) >= 0


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
    | st.text(max_size=9) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12)


@given(value=PLAIN, protocol=st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_plain_values_come_back(value, protocol):
    assert load_values(pickle.dumps(value, protocol)) == value


@given(
    values=arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, '>f4']),
        array_shapes(max_dims=3, max_side=4)),
    protocol=st.integers(2, pickle.HIGHEST_PROTOCOL))
def test_arrays_in_info_files_come_back(values, protocol):
    found = load_values(pickle.dumps(dict(a=values), protocol))['a']
    # NumPy itself writes the machine's own byte order.
    assert found.dtype.newbyteorder('=') == values.dtype.newbyteorder('=')
    np.testing.assert_array_equal(found, values)


@given(data=st.binary(max_size=60))
def test_any_pickle_is_read_or_refused(data):
    try:
        load_values(data)
    except pickle.UnpicklingError:
        pass


def camera(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Any rigid pose and any intrinsics with a baseline, as KITTI's."""
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    pose = np.eye(4)
    pose[:3] = np.column_stack([rotation, rng.normal(size=3)])
    intrinsics = np.eye(4)
    intrinsics[:2, :3] = [[rng.uniform(20, 200),
                           rng.normal(), 40], [0, rng.uniform(20, 200), 30]]
    return pose, intrinsics


@given(
    seed=NUMBERS,
    count=st.integers(0, 40),
    border=st.sampled_from([0., 2.5]),
    depth=st.sampled_from([0., 1., 5.]))
def test_pairs_are_those_of_a_loop(seed, count, border, depth):
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-20, 20, (count, 3)).astype(np.float32)
    cameras = [camera(rng) for _ in range(2)]
    sizes = [(60, 80), (45, 90)]
    pairs = pair_points_with_pixels(xyz, [pose for pose, _ in cameras],
                                    [matrix for _, matrix in cameras], sizes,
                                    depth, border)
    expected = []
    for index, ((pose, matrix), (height,
                                 width)) in enumerate(zip(cameras, sizes)):
        for row, point in enumerate(xyz):
            u, v, distance = reference_pixel(point, pose, matrix)
            if (u is not None and distance > depth
                    and border <= u <= width - 1 - border
                    and border <= v <= height - 1 - border):
                expected.append((row, index, u, v, distance))
    table = np.array(expected).reshape(-1, 5)
    np.testing.assert_array_equal(pairs.point, table[:, 0])
    np.testing.assert_array_equal(pairs.camera, table[:, 1])
    np.testing.assert_allclose(pairs.uv, table[:, 2:4], atol=1e-4)
    np.testing.assert_allclose(pairs.depth, table[:, 4], rtol=1e-5)


@given(
    count=st.integers(1, 20),
    rows=st.lists(st.integers(-1, 19), max_size=30),
    seed=NUMBERS)
def test_packed_pairs_are_those_of_a_loop(count, rows, seed):
    """Points dropped, repeated, moved and mixed with those of other clouds."""
    rng = np.random.default_rng(seed)
    tag, other = 5., 6.
    # Whatever is -1 or beyond the cloud comes from another one.
    own = [0 <= row < count for row in rows]
    points = torch.zeros(len(rows), 6)
    points[:, 4] = torch.tensor([abs(row) for row in rows])
    points[:, 5] = torch.tensor([tag if mine else other for mine in own])
    source = point_sources(points, int(tag))
    assert source.tolist() == [
        row if mine else -1 for row, mine in zip(rows, own)
    ]
    size = int(rng.integers(0, 40))
    pairs = PointPixelPairs(
        rng.integers(0, count, size), rng.integers(0, 2, size),
        rng.random((size, 2)).astype(np.float32),
        rng.random(size).astype(np.float32))
    columns = follow_points(pairs, source, count)
    first = {
        row: place
        for place, row in reversed(list(enumerate(rows))) if own[place]
    }
    kept = [i for i, point in enumerate(pairs.point) if point in first]
    assert columns['point'].tolist() == [first[pairs.point[i]] for i in kept]
    np.testing.assert_array_equal(columns['uv'], pairs.uv[kept])
    np.testing.assert_array_equal(columns['depth'], pairs.depth[kept])


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=3), seed=NUMBERS)
def test_voxels_are_those_of_a_loop(sizes, seed):
    rng = np.random.default_rng(seed)
    clouds = [rng.integers(-8, 8, (size, 3)) for size in sizes]
    voxels = voxelize([torch.from_numpy(xyz).float() for xyz in clouds],
                      torch.tensor([2., 2., 2.]))
    places: dict[tuple, int] = {}
    number = 0
    for batch, xyz in enumerate(clouds):
        grid = np.round(xyz / 2).astype(int)
        for row in grid - grid.min(0):
            places.setdefault((batch, *row.tolist()), number)
            number += 1
    assert voxels.coors.tolist() == [list(place) for place in sorted(places)]
    assert voxels.first_point.tolist() == [
        places[place] for place in sorted(places)
    ]


@given(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=5), seed=NUMBERS)
def test_labels_are_those_of_a_dict(sizes, seed):
    ids = np.random.default_rng(seed).permutation(40).tolist()
    raw = {
        f'class {label}': [ids.pop() for _ in range(size)]
        for label, size in enumerate(sizes)
    }
    table = label_table(raw, list(raw), 255, 40)
    owner = {
        one: label
        for label, found in enumerate(raw.values())
        for one in found
    }
    assert table.tolist() == [owner.get(one, 255) for one in range(40)]
