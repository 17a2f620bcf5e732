"""Every tool tells bad input in one line and ends with 2, as typed."""
import pickle
import runpy
from pathlib import Path

import numpy as np
import pytest

from reldistill_mm.apis.segment_file import default_folder

REPO = Path(__file__).resolve().parents[2]
MINIWORLD = REPO / 'configs/reldistill_miniworld.py'
DOWNSTREAM = REPO / 'configs/downstream/linear_probe_miniworld.py'


@pytest.fixture
def files(tmp_path) -> dict:
    """What the commands below name in braces."""
    np.zeros((5, 4), np.float32).tofile(tmp_path / 'scan.bin')
    (tmp_path / 'odd.bin').write_bytes(bytes(41))
    (tmp_path / 'torn.pth').write_bytes(b'PK\x03\x04')
    (tmp_path / 'other.py').write_text('x = 1\n')
    (tmp_path / 'file').write_text('')
    (tmp_path / 'folder').mkdir()
    for name, content in dict(
            empty=b'',
            junk=b'\0\xffjunk',
            list=pickle.dumps([1]),
            odd=pickle.dumps(dict(data_list=[{}])),
            none=pickle.dumps(dict(data_list=[]))).items():
        (tmp_path / f'{name}.pkl').write_bytes(content)
    return dict(
        tmp=tmp_path, config=MINIWORLD, downstream=DOWNSTREAM,
        data='train_dataloader.dataset.data_root=none '
        'val_dataloader.dataset.data_root=none')  # yapf: disable


@pytest.mark.parametrize('command, message', [
    ('segment {tmp}/none.bin --model x', "none.bin' does not exist"),
    ('segment {tmp}/odd.bin --model {config}', '--columns'),
    ('segment {tmp}/scan.bin --columns 7 --model {config}', 'rows of 7'),
    ('segment {tmp}/scan.bin --columns 4 --model {tmp}', 'zero_shot.py'),
    ('segment {tmp}/scan.bin --columns 4 --model {config}', '--checkpoint'),
    ('segment {tmp}/scan.bin --words , --model x', 'no word at place 1'),
    ('export_zero_shot {tmp}/none.py x --out x', "none.py' does not exist"),
    ('export_zero_shot {config} {tmp}/none.pth --out x', 'none.pth'),
    ('export_zero_shot {config} {tmp}/torn.pth --out x', 'complete checkpoin'),
    ('export_zero_shot {tmp}/other.py {tmp}/torn.pth --out x',
     'no zero-shot model'),
    ('export_zero_shot {config} x --out x --words a,a', "['a'] more than"),
    ('run_protocol --checkpoints a={tmp}/none.pth --out {tmp} --protocols '
     '{downstream}', 'none.pth'),
    ('run_protocol --checkpoints random --out {tmp} --protocols {tmp}/no.py',
     "no.py' does not exist"),
    ('run_protocol --checkpoints random --out {tmp} --protocols '
     '{tmp}/other.py', 'not a protocol'),
    ('cache_teacher {tmp}/none.py', "none.py' does not exist"),
    ('cache_teacher {downstream}', 'not a distillation config'),
    ('cache_teacher {config} --pairs 0', '--pairs must be positive, not 0'),
    ('cache_teacher {config} --rank 2', '--rank 2 is not in'),
    ('cache_teacher {config} --out {tmp} --cfg-options {data}',
     'nuscenes_infos_train.pkl'),
    ('evaluate_teacher {tmp}/none.py', "none.py' does not exist"),
    ('evaluate_teacher {config} --cfg-options {data}',
     'nuscenes_infos_val.pkl'),
    ('browse_pairs {tmp}/none.py', "none.py' does not exist"),
    ('browse_pairs {tmp}/other.py', 'no step that pairs points'),
    ('browse_pairs {config} --cfg-options {data}',
     'nuscenes_infos_train.pkl'),
    # Outputs that cannot be written are found before anything is computed.
    ('segment {tmp}/scan.bin --columns 4 --model x --out {tmp}/file/x',
     "file' is not a folder: choose another --out"),
    ('export_zero_shot {config} x --out {tmp}/file', 'choose another --out'),
    ('evaluate_teacher {config} --json {tmp}/file/x', 'another --json'),
    ('evaluate_teacher {config} --json {tmp}/folder', 'is a folder: give'),
    ('browse_pairs {config} --out {tmp}/file/x.png', 'another --out'),
    ('browse_pairs {config} --out {tmp}/x.nope', "picture's name does"),
    ('cache_teacher {config} --out {tmp}/file', 'choose another --out'),
    ('run_protocol --start random --out {tmp}/file --protocols {downstream}',
     'choose another --out'),
    ('make_miniworld --out {tmp}/file/x', 'choose another --out'),
    ('make_miniworld --out {tmp}', 'is not touched'),
    ('demo --out {tmp}/file', 'choose another --out'),
    ('demo --out {tmp}/x --data {tmp}/file', 'choose another --data'),
    ('train_tiny_clip --out {tmp}/file', 'choose another --out'),
    ('benchmark loss --json {tmp}/file/x', 'choose another --json'),
    # Numbers.
    ('segment {tmp}/scan.bin --intensity nan --model x', 'not in 0 to 255'),
    ('segment {tmp}/scan.bin --intensity 300 --model x', 'not in 0 to 255'),
    ('segment {tmp}/scan.bin --intensity-scale 0 --model x', 'positive'),
    ('segment {tmp}/scan.bin --origin nan 0 0 --model x', 'three finite'),
    ('cache_teacher {config} --workers -1', '--workers must not be'),
    ('cache_teacher {config} --out {tmp}/x --dims 9999', '9999 is more than'),
    ('run_protocol --start random --jobs 0 --out {tmp} --protocols '
     '{downstream}', '--jobs must be positive'),
    ('run_protocol --start randon --out {tmp} --protocols {downstream}',
     "no start 'randon'"),
    ('make_miniworld --out {tmp}/x --scenes 0 0', 'no scenes'),
    ('make_miniworld --out {tmp}/x --keyframes 0', 'must be positive'),
    ('demo --out {tmp}/x --epochs 0', '--epochs must be at least 1'),
    ('train_tiny_clip --out {tmp}/x --scenes 0', '--scenes must be positive'),
    ('train_tiny_clip --out {tmp}/x --init {tmp}', 'open_clip_config.json'),
    ('train_tiny_clip --out {tmp}/x --judge-only', 'open_clip_config.json'),
    ('benchmark loss --counts 0', 'must be positive'),
    ('benchmark growth --longest 0', 'must be positive'),
    ('benchmark loss --figure a.png', 'draws the curves of the suite growth'),
    ('benchmark growth --figure a.gif', 'neither in .png nor in .svg'),
    ('benchmark loss --device nope', "'nope' cannot be used"),
    ('benchmark --markdown {tmp}/none.json', 'none.json'),
    ('benchmark --markdown {tmp}/junk.pkl', 'not a file that --json wrote'),
    # Converters.
    ('create_data nuscenes --root-path {tmp}/no', "no' does not exist"),
    ('create_data nuscenes --root-path {tmp}', 'lacks the tables'),
    ('create_data nuscenes --root-path {tmp} --extra-tag a/b', 'no slash'),
    ('create_data nuscenes --root-path {tmp} --max-sweeps -1', 'negative'),
    ('create_data nuscenez --root-path {tmp}', "invalid choice: 'nuscenez'"),
    ('create_data semantickitti --root-path {tmp}/no', 'does not exist'),
    ('create_data semantickitti --root-path {tmp}', 'holds no scan'),
    ('create_data kitti --root-path {tmp}/no', 'ImageSets/train.txt'),
    ('add_kitti_cameras {tmp}/no.pkl', "no.pkl' does not exist"),
    ('add_kitti_cameras {tmp}/empty.pkl', "empty.pkl' is not one of"),
    ('add_kitti_cameras {tmp}/junk.pkl', "junk.pkl' is not one of"),
    ('add_kitti_cameras {tmp}/list.pkl', "list.pkl' is not one of"),
    ('add_kitti_cameras {tmp}/odd.pkl', "odd.pkl' is not one of"),
    ('add_kitti_cameras {tmp}/none.pkl', "none.pkl' lists nothing"),
    ('add_kitti_cameras {tmp}/folder', 'its name must end in'),
    ('add_scene_names {tmp}/odd.pkl --root-path {tmp}/no', 'does not exist'),
    ('add_scene_names {tmp}/odd.pkl --root-path {tmp}', 'lacks the tables'),
    # Options of configs.
    ('evaluate_teacher {config} --cfg-options modell.x=1',
     "did you mean 'model'"),
    ('evaluate_teacher {config} --cfg-options x', 'takes KEY=VALUE'),
    ('evaluate_teacher {config} --cfg-options val_dataloader=None',
     'has no val_dataloader'),
])  # yapf: disable
def test_one_line(command, message, files, capsys, monkeypatch):
    name, *arguments = command.split()
    arguments = ' '.join(arguments).format(**files).split()
    path = str(REPO / f'tools/{name}.py')
    monkeypatch.setattr('sys.argv', [path, *arguments])
    monkeypatch.chdir(files['tmp'])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(path, run_name='__main__')
    assert end.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f'{name}.py: error: ') and message in line


def test_scans_of_one_name_have_folders_of_their_own(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    scans = [
        '00/velodyne/000000.bin', '01/velodyne/000000.bin', '000000.bin',
        '000000.pcd', '1.5.ply', '1.6.ply', 'tmp/a.bin', '/tmp/a.bin'
    ]
    folders = [default_folder(Path(scan)) for scan in scans]
    assert len(set(folders)) == len(scans)
    # The same scan, however it is named.
    assert default_folder(tmp_path / scans[0]) == folders[0]
    assert default_folder(Path('x/../000000.bin')) == folders[2]
