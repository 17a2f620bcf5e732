"""Labels go back in the format of the recording."""
import io

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from reldistill_mm.datasets.scans.labelled_copy import (label_path,
                                                        write_labelled)
from reldistill_mm.datasets.scans.pcd import VIEWPOINT, read_pcd, read_records
from reldistill_mm.datasets.scans.ply import read_ply

LABELS = np.array([3, 0, 65535, 7], np.uint32)
VERTICES = np.zeros(4, [('x', '<f8'), ('y', '<f8'), ('z', '<f8'),
                        ('label', '<i2'), ('ring', 'u1')])
VERTICES['x'], VERTICES['ring'] = [1, 2, np.nan, 4], [9, 8, 7, 6]
HEADER = """# a comment
VERSION .7
FIELDS x y z _ normal label ring
SIZE 4 4 4 1 4 2 2
TYPE F F F U F I U
COUNT 1 1 1 3 3 1 1
WIDTH 2
HEIGHT 2
VIEWPOINT 5 0 0 1 0 0 0
POINTS 4
DATA ascii
"""


def labelled(source, folder):
    target = folder / ('labelled' + source.suffix)
    with open(target, 'wb') as stream:
        write_labelled(source, LABELS, stream)
    return target


def test_pcd(tmp_path):
    source = tmp_path / 'a.pcd'
    rows = [f'{i} 0 1 0 0 0 .1 .2 .3 -1 {i + 4}\n' for i in range(4)]
    source.write_text(HEADER + ''.join(rows))
    header, table = read_records(labelled(source, tmp_path))
    assert header['WIDTH'] == header['HEIGHT'] == ['2']
    assert header['FIELDS'] == ['x', 'y', 'z', '_', 'normal', 'ring', 'label']
    assert header['COUNT'] == ['1', '1', '1', '3', '3', '1', '1']
    np.testing.assert_allclose(table['normal'], [[.1, .2, .3]] * 4, rtol=1e-6)
    old, new = read_pcd(source), read_pcd(tmp_path / 'labelled.pcd')
    assert new['label'].tolist() == LABELS.tolist()
    for name in ('x', 'y', 'z', 'ring', VIEWPOINT):
        np.testing.assert_array_equal(new[name], old[name])


@pytest.mark.parametrize('how', [
    dict(text=True),
    dict(byte_order='>'),
    dict(byte_order='<'),
])
def test_ply(how, tmp_path):
    source = tmp_path / 'a.ply'
    faces = np.array([((0, 1, 2), )], [('vertex_indices', 'i4', (3, ))])
    PlyData([
        PlyElement.describe(VERTICES, 'vertex'),
        PlyElement.describe(faces, 'face')
    ], comments=['kept'], **how).write(str(source))  # yapf: disable
    target = labelled(source, tmp_path)
    old, new = read_ply(source), read_ply(target)
    assert new.pop('label').tolist() == LABELS.tolist()
    del old['label']
    assert list(new) == list(old)
    for name in old:
        np.testing.assert_array_equal(new[name], old[name])
    content = PlyData.read(str(target))
    assert content.comments == ['kept'] and len(content['face']) == 1
    assert content.text == how.get('text', False)


@pytest.mark.parametrize('name, wanted, read', [
    ('a.npy', 'a.npy', lambda data: np.load(io.BytesIO(data))),
    ('a.bin', 'a.label', lambda data: np.frombuffer(data, '<u4')),
    ('a.pcd.BIN', 'a.pcd.label', lambda data: np.frombuffer(data, '<u4')),
])
def test_without_fields(name, wanted, read, tmp_path):
    assert label_path(tmp_path / name) == tmp_path / wanted
    stream = io.BytesIO()
    write_labelled(tmp_path / name, LABELS, stream)
    assert read(stream.getvalue()).tolist() == LABELS.tolist()
