"""Every documented format, written small and read back."""
import numpy as np
import pytest
from tiny_folders import COUNT, FORMATS, write
from tiny_semantickitti import write_sequence

from reldistill_mm.datasets import LAYOUTS, LidarSegFolderDataset
from reldistill_mm.datasets import transforms as T


def build(root, name, **kwargs):
    options = dict(
        layout=name,
        data_root=str(root),
        split='all' if 'synth4d' in name else 'train',
        pipeline=[
            dict(type='LoadFolderPoints'),
            dict(
                type='LoadPointLabels',
                seg_3d_dtype='np.int32',
                seg_offset=2**16,
                dataset_type='semantickitti')
        ])
    options.update(kwargs)
    return LidarSegFolderDataset(**options)


def test_every_layout_is_written():
    assert set(FORMATS) == set(LAYOUTS)


@pytest.mark.parametrize('name', FORMATS)
def test_reads_back(name, tmp_path, mmdet3d_scope):
    xyz, intensity, raw = write(tmp_path, name)
    dataset = build(tmp_path, name)
    assert len(dataset) == 1
    sample = dataset[0]
    points = sample['points'].tensor.numpy()
    assert points.shape == (COUNT, 4) and points.dtype == np.float32
    np.testing.assert_allclose(points[:, :3], xyz, rtol=1e-6)
    largest, ids = FORMATS[name][3:]
    expected = 255 * intensity / largest if largest else 0 * intensity
    np.testing.assert_allclose(points[:, 3], expected, rtol=1e-5)
    classes = list(dataset.metainfo['classes'])
    wanted = [classes.index(ids[i]) if ids[i] else len(classes) for i in raw]
    assert sample['pts_semantic_mask'].tolist() == wanted
    assert len(dataset.metainfo['palette']) == len(classes)
    assert dataset.metainfo['ignore_index'] == len(classes)


@pytest.mark.parametrize('name', FORMATS)
def test_unknown_ids_are_ignored_never_class_zero(name, tmp_path):
    write(tmp_path, name)
    dataset = build(tmp_path, name, pipeline=[])
    table = dataset.seg_label_mapping
    claimed = sum(map(list, LAYOUTS[name].classes.values()), [])
    assert set(np.delete(table, claimed)) == {len(LAYOUTS[name].classes)}


@pytest.mark.parametrize('name', FORMATS)
def test_missing_files_are_named(name, tmp_path, mmdet3d_scope):
    write(tmp_path, name)
    scan, label = FORMATS[name][:2]
    dataset = build(tmp_path, name)
    (tmp_path / label).unlink()
    with pytest.raises(FileNotFoundError, match=label):
        dataset[0]
    (tmp_path / scan).unlink()
    with pytest.raises(FileNotFoundError, match=scan):
        dataset[0]
    if name != 'rellis3d':
        with pytest.raises(FileNotFoundError, match='data_root.*https://'):
            build(tmp_path, name)


def test_scribblekitti_is_tested_on_full_labels(tmp_path):
    write_sequence(tmp_path, '08', count=1, cameras=False)
    info = build(
        tmp_path, 'scribblekitti', split='val', pipeline=[]).get_data_info(0)
    assert info['pts_semantic_mask_path'].endswith('08/labels/000000.label')


def test_an_intensity_range_that_the_table_lacks(tmp_path, mmdet3d_scope):
    _, intensity, _ = write(tmp_path, 'semanticposs')
    sample = build(tmp_path, 'semanticposs', intensity=10)[0]
    np.testing.assert_allclose(
        sample['points'].tensor[:, 3], 25.5 * intensity, rtol=1e-5)


def test_subset_of_scans_and_of_classes(tmp_path):
    write_sequence(tmp_path, '00', count=5, cameras=False)
    dataset = build(
        tmp_path,
        'semantickitti',
        pipeline=[],
        sequences=['00'],
        scans='every_2nd_scan',
        metainfo=dict(classes=['road', 'car']))
    assert [
        dataset.get_data_info(i)['sample_id'] for i in range(len(dataset))
    ] == ['00_000000', '00_000002', '00_000004']
    assert dataset.seg_label_mapping[[40, 10, 50]].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="no scan 'x' among the 5"):
        build(
            tmp_path,
            'semantickitti',
            pipeline=[],
            scans=['x'],
            sequences=['00'])


def test_unknown_layout(tmp_path):
    with pytest.raises(ValueError, match="Unknown layout 'kitti'.*waymo"):
        build(tmp_path, 'kitti')


@pytest.mark.parametrize('spoil, message', [
    (lambda f: np.save(f / 'coord.npy', np.zeros((3, 2))), r'array \(3, 2\)'),
    (lambda f: np.save(f / 'coord.npy', np.zeros((0, 3))), 'strength.npy'),
    (lambda f: np.save(f / 'coord.npy', np.full(
        (COUNT, 3), np.nan)), '40 points that are not finite'),
    (lambda f: np.save(f / 'strength.npy', np.zeros(7)),
     '7 intensities for 40 points'),
    (lambda f: np.save(f / 'segment.npy', np.zeros(7, int)),
     '7 labels for 40 points'),
    (lambda f:
     (f / 'coord.npy').write_bytes(b'x'), 'not a valid numeric .npy file'),
    (lambda f: np.save(f / 'coord.npy', np.array([object()])),
     'not a valid numeric .npy file'),
])
def test_spoilt_arrays(spoil, message, tmp_path, mmdet3d_scope):
    write(tmp_path, 'waymo')
    spoil((tmp_path / FORMATS['waymo'][0]).parent)
    with pytest.raises(ValueError, match=message):
        build(tmp_path, 'waymo')[0]


def test_truncated_scan(tmp_path, mmdet3d_scope):
    write(tmp_path, 'semanticstf')
    path = tmp_path / FORMATS['semanticstf'][0]
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match='not a multiple of load_dim=5'):
        build(tmp_path, 'semanticstf')[0]


def test_repr():
    assert repr(T.LoadFolderPoints()) == 'LoadFolderPoints()'
