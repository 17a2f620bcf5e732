"""Every tool tells bad input in one line and ends with 2, as typed."""
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
    return dict(
        tmp=tmp_path, config=MINIWORLD, downstream=DOWNSTREAM,
        data='train_dataloader.dataset.data_root=none '
        'val_dataloader.dataset.data_root=none')  # yapf: disable


@pytest.mark.parametrize('command, message', [
    ('segment {tmp}/none.bin --model x', "none.bin' does not exist"),
    ('segment {tmp}/odd.bin --model x', '--columns'),
    ('segment {tmp}/scan.bin --columns 7 --model x', 'rows of 7'),
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
