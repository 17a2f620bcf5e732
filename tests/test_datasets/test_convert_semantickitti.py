"""mmdet3d's infos of SemanticKITTI, with cameras, poses and unique ids."""
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_semantickitti import (TR, projection, write_row, write_sequence,
                                write_sequences)

from reldistill_mm.datasets import convert_semantickitti as converter
from reldistill_mm.errors import BadInput, MissingInput

REPO = Path(__file__).resolve().parents[2]


def load(path):
    return pickle.loads(Path(path).read_bytes())


def stock_infos(*scans):
    """As mmdet3d's converter writes them."""
    return dict(
        metainfo=dict(DATASET='SemanticKITTI'),
        data_list=[
            dict(
                lidar_points=dict(
                    lidar_path=f'sequences/{seq:02d}/velodyne/{i:06d}.bin',
                    num_pts_feats=4),
                pts_semantic_mask_path=f'sequences/{seq:02d}/labels/'
                f'{i:06d}.label',
                sample_id=f'{seq}{i}') for seq, i in scans
        ])


def test_converts_what_is_there(tmp_path, capsys):
    write_sequences(tmp_path)
    write_sequence(tmp_path, '11', count=1, labels=False)
    paths = converter.convert_semantickitti(tmp_path, tmp_path / 'out')
    assert [path.name for path in paths] == [
        f'semantickitti_infos_{split}.pkl'
        for split in ('train', 'val', 'test')
    ]
    assert "2 of SemanticKITTI's 19130 scans" in capsys.readouterr().out
    train, val, test = (load(path) for path in paths)
    assert train['metainfo'] == dict(DATASET='SemanticKITTI')
    assert [i['sample_id']
            for i in train['data_list']] == ['00_000000', '00_000001']
    info = train['data_list'][1]
    (tmp_path / info['lidar_points']['lidar_path']).stat()
    (tmp_path / info['pts_semantic_mask_path']).stat()
    camera = info['images']['CAM2']
    assert camera['img_path'] == 'sequences/00/image_2/000001.png'
    assert np.shape(camera['cam2img']) == np.shape(
        camera['lidar2cam']) == (4, 4)
    np.testing.assert_allclose(camera['lidar2cam'][:3], TR)
    np.testing.assert_allclose(camera['cam2img'][:3], projection((160, 48),
                                                                 .06))
    np.testing.assert_allclose(
        np.array(info['lidar2global'])[:3, 3], [1, 0, 0], atol=1e-12)
    other = val['data_list'][0]['images']['CAM2']
    assert other['cam2img'] != camera['cam2img'], 'calibration of its own'
    assert 'pts_semantic_mask_path' not in test['data_list'][0]


def test_ids_are_unique(tmp_path):
    """Trap: '1' + '11' and '11' + '1' are one sample_id of mmdet3d's."""
    write_sequence(tmp_path, '01', count=12)
    write_sequence(tmp_path, '11', count=2)
    infos = stock_infos((1, 11), (11, 1))
    assert len({i['sample_id'] for i in infos['data_list']}) == 1
    converter.add_cameras(infos, tmp_path)
    assert [i['sample_id']
            for i in infos['data_list']] == ['01_000011', '11_000001']


def test_without_poses(tmp_path):
    (write_sequence(tmp_path, '00') / 'poses.txt').unlink()
    infos = stock_infos((0, 0))
    converter.add_cameras(infos, tmp_path)
    assert 'lidar2global' not in infos['data_list'][0]


@pytest.mark.parametrize('spoil, error, message', [
    (lambda f: (f / 'calib.txt').unlink(), FileNotFoundError,
     'calib.txt.*data_odometry_calib.zip'),
    (lambda f: (f / 'image_2/000001.png').unlink(), FileNotFoundError,
     'no image_2/000001.png.*data_odometry_color.zip'),
    (lambda f: (f / 'calib.txt').write_text('P2: 1 2'), ValueError,
     "calib.txt' is not a calibration.*matrix 'P2' has 2 values"),
    (lambda f: (f / 'poses.txt').write_text('1 0 0 0 0 1 0 0 0 0 1 0\n'),
     ValueError, 'has 1 poses, none for scan 1'),
    (lambda f: (f / 'poses.txt').write_text('1 2\n'), ValueError,
     "poses.txt': line 1 has 2 values"),
])
def test_incomplete_sequences(tmp_path, spoil, error, message):
    spoil(write_sequence(tmp_path, '00'))
    with pytest.raises(error, match=message):
        converter.convert_semantickitti(tmp_path, tmp_path)
    assert not list(tmp_path.glob('*.pkl*'))


def rewrite_calibration(folder, text):
    (folder / 'calib.txt').write_text(text)


def lines_of(matrices):
    return ''.join(f'{name} {write_row(m)}\n' for name, m in matrices.items())


TURN = np.array([[np.cos(.02), 0, np.sin(.02)], [0, 1, 0],
                 [-np.sin(.02), 0, np.cos(.02)]])
UNRECTIFIED = np.linalg.inv(TURN) @ TR
P2 = projection((160, 48), .06)


@pytest.mark.parametrize(
    'matrices', [
        {
            'P2:': P2,
            'R0_rect:': TURN,
            'Tr_velo_to_cam:': UNRECTIFIED
        },
        {
            'P2:': P2,
            'R_rect': TURN,
            'Tr_velo_cam': UNRECTIFIED
        },
        {
            'P_rect_02:': P2,
            'R_rect_00:': TURN,
            'R:': UNRECTIFIED[:, :3],
            'T:': UNRECTIFIED[:, 3]
        },
        {
            'P2:': P2,
            'Tr:': TR,
            'R0_rect:': TURN
        },
    ],
    ids=['object', 'tracking', 'raw', 'odometry with R0_rect'])
def test_calibrations_of_kittis_other_formats(tmp_path, matrices):
    folder = write_sequence(tmp_path, '00')
    rewrite_calibration(folder, lines_of(matrices))
    infos = stock_infos((0, 0))
    converter.add_cameras(infos, tmp_path)
    camera = infos['data_list'][0]['images']['CAM2']
    np.testing.assert_allclose(camera['cam2img'][:3], P2, atol=1e-9)
    np.testing.assert_allclose(camera['lidar2cam'][:3], TR, atol=1e-9)


def test_calibration_of_the_raw_recordings(tmp_path):
    folder = write_sequence(tmp_path, '00')
    (folder / 'calib.txt').unlink()
    (folder / 'calib_cam_to_cam.txt'
     ).write_text('calib_time: 09-Jan-2012 13:57:47\nS_rect_02: 160 48\n' +
                  lines_of({
                      'P_rect_02:': P2,
                      'R_rect_00:': TURN,
                      'R_00:': np.eye(3),
                      'T_00:': np.ones(3)
                  }))
    (folder / 'calib_velo_to_cam.txt').write_text(
        lines_of({
            'R:': UNRECTIFIED[:, :3],
            'T:': UNRECTIFIED[:, 3]
        }))
    infos = stock_infos((0, 0))
    converter.add_cameras(infos, tmp_path)
    camera = infos['data_list'][0]['images']['CAM2']
    np.testing.assert_allclose(camera['lidar2cam'][:3], TR, atol=1e-9)


@pytest.mark.parametrize('matrices, message', [
    ({
        'P2:': P2
    }, "calib.txt.*no matrix 'Tr' .or Tr_velo_to_cam or Tr_velo_cam"),
    ({
        'P2:': P2,
        'Tr_velo_to_cam:': UNRECTIFIED
    }, "no matrix 'R0_rect'.*before rectification.*call it Tr"),
    ({
        'P2:': P2,
        'Tr:': 0 * TR
    }, "matrix 'Tr' is not a rotation"),
    ({
        'P2:': P2 * np.nan,
        'Tr:': TR
    }, "matrix 'P2' holds a value that is not finite"),
])
def test_calibrations_that_are_not_whole(tmp_path, matrices, message):
    rewrite_calibration(write_sequence(tmp_path, '00'), lines_of(matrices))
    with pytest.raises(BadInput, match=message):
        converter.add_cameras(stock_infos((0, 0)), tmp_path)


def test_files_that_are_no_images_or_labels(tmp_path):
    folder = write_sequence(tmp_path, '00')
    for name in ('Thumbs.db', '000000.txt', '._000000.png', '._000001.png'):
        (folder / 'image_2' / name).write_bytes(b'none')
    (folder / 'image_2/000000.jpg').mkdir()
    (folder / 'labels/._000000.label').write_bytes(b'none')
    (folder / 'labels/000000.txt').write_bytes(b'none')
    (folder / 'labels/000001.label').unlink()
    infos = stock_infos((0, 0), (0, 1))
    converter.add_cameras(infos, tmp_path)
    assert [i['images']['CAM2']['img_path'] for i in infos['data_list']
            ] == [f'sequences/00/image_2/00000{i}.png' for i in (0, 1)]
    assert 'pts_semantic_mask_path' in infos['data_list'][0]
    assert 'pts_semantic_mask_path' not in infos['data_list'][1]
    (folder / 'image_2/000001.png').unlink()
    with pytest.raises(MissingInput, match='no image_2/000001.png'):
        converter.add_cameras(infos, tmp_path)


def test_infos_name_the_size_of_the_images(tmp_path):
    folder = write_sequence(tmp_path, '00')
    infos = stock_infos((0, 0))
    converter.add_cameras(infos, tmp_path)
    camera = infos['data_list'][0]['images']['CAM2']
    assert (camera['height'], camera['width']) == (48, 160)
    Image.new('RGB', (80, 24)).save(folder / 'image_2/000000.png')
    with pytest.raises(BadInput, match='80 x 24.*160 x 48.*scale P2'):
        converter.add_cameras(infos, tmp_path)
    (folder / 'image_2/000000.png').write_bytes(b'not an image')
    with pytest.raises(BadInput, match='000000.png.*not an image'):
        converter.add_cameras(infos, tmp_path)


def test_the_real_images_of_another_size(tmp_path, real_data):
    """P2 alone tells KITTI's cameras, and so the sizes of their images."""
    source = real_data / 'kitti_object/training'
    folder = write_sequence(tmp_path, '00')
    (folder / 'calib.txt').write_text(
        (source / 'calib/000000.txt').read_text())
    picture = Image.open(source / 'image_2/000000.png')
    picture.save(folder / 'image_2/000000.png')
    infos = stock_infos((0, 0))
    converter.add_cameras(infos, tmp_path)
    camera = infos['data_list'][0]['images']['CAM2']
    assert (camera['width'], camera['height']) == picture.size == (1224, 370)
    picture.resize((1102, 333)).save(folder / 'image_2/000000.png')
    with pytest.raises(BadInput, match='1102 x 333 pixels.*KITTI.*1224 x 370'):
        converter.add_cameras(infos, tmp_path)


def test_wrong_root(tmp_path):
    with pytest.raises(FileNotFoundError, match='--root-path'):
        converter.convert_semantickitti(tmp_path, tmp_path)


def test_infos_of_another_dataset(tmp_path):
    infos = dict(data_list=[dict(lidar_points=dict(lidar_path='0001.bin'))])
    with pytest.raises(ValueError, match="not mmdet3d's info files"):
        converter.add_cameras(infos, tmp_path)


@pytest.mark.slow
def test_the_commands(tmp_path):
    """create_data.py makes what add_kitti_cameras.py makes of mmdet3d's."""
    write_sequences(tmp_path)
    for command in (['create_data.py', 'semantickitti'],
                    ['add_kitti_cameras.py',
                     str(tmp_path / 'stock.pkl')]):
        (tmp_path / 'stock.pkl').write_bytes(
            pickle.dumps(stock_infos((0, 0), (0, 1))))
        out = subprocess.run([
            sys.executable, f'tools/{command[0]}', *command[1:], '--root-path',
            str(tmp_path)
        ],
                             cwd=REPO,
                             capture_output=True,
                             text=True)
        assert out.returncode == 0, out.stderr[-2000:]
    assert load(tmp_path / 'stock.pkl') == load(
        tmp_path / 'semantickitti_infos_train.pkl')
