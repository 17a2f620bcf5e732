"""How scans are found in folders."""
import pytest

from reldistill_mm.datasets.layouts import LAYOUTS, Layout, find_scans
from reldistill_mm.errors import BadInput

TABLE = Layout(
    source='https://example.org',
    classes=dict(car=(1, )),
    scan='seqs/{sequence}/points/{name}.bin',
    label='seqs/{sequence}/labels/{name}.label',
    splits=dict(train=('b', 'a'), all=('*', ), listed='train.lst'))


def touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b'1234')
    return root


def test_by_sequence_and_name(tmp_path):
    touch(tmp_path, 'seqs/a/points/2.bin', 'seqs/a/points/1.bin',
          'seqs/b/points/1.bin', 'seqs/c/points/1.bin',
          'seqs/a/points/notes.txt')
    found = find_scans(tmp_path, TABLE, 'train')
    assert [files.sample_id for files in found] == ['b_1', 'a_1', 'a_2']
    assert found[0].scan == 'seqs/b/points/1.bin'
    assert found[0].label == 'seqs/b/labels/1.label'
    assert len(find_scans(tmp_path, TABLE, 'all')) == 4
    assert len(find_scans(tmp_path, TABLE, 'train', ['c'])) == 1


@pytest.mark.parametrize('name', LAYOUTS)
def test_hidden_files_and_folders_are_no_scans(tmp_path, name):
    """macOS writes ._000000.bin beside 000000.bin on foreign disks."""
    layout = LAYOUTS[name]
    split = next(iter(layout.splits))
    if isinstance(layout.splits[split], str):
        layout = layout._replace(splits={split: ('00000', )})
    folder = layout.splits[split][0].replace('*', 'town')
    scan, hidden = (
        layout.scan.format(sequence=folder, name=each)
        for each in ('000000', '._000000'))
    touch(tmp_path, scan, hidden, f'{scan[:scan.rindex("/")]}/.DS_Store',
          f'{scan}.swp', f'{scan[:scan.rindex("/")]}/.rsync/000000.bin')
    (tmp_path /
     layout.scan.format(sequence=folder, name='000001')).mkdir(parents=True)
    files, = find_scans(tmp_path, layout, split)
    assert files.scan == scan


def test_hidden_sequences_are_none(tmp_path):
    touch(tmp_path, 'seqs/a/points/1.bin', 'seqs/.Trash/points/1.bin',
          'seqs/._a/points/1.bin')
    files, = find_scans(tmp_path, TABLE, 'all')
    assert files.sample_id == 'a_1'


def test_what_a_broken_copy_leaves_is_refused(tmp_path):
    touch(tmp_path, 'seqs/a/points/1.bin')
    (tmp_path / 'seqs/a/points/2.bin').touch()
    with pytest.raises(BadInput, match="points/2.bin' is empty: copy"):
        find_scans(tmp_path, TABLE, 'train')
    (tmp_path / 'seqs/a/points/2.bin').unlink()
    (tmp_path / 'seqs/a/points/2.bin').symlink_to('gone')
    with pytest.raises(BadInput, match="points/2.bin' is not a file"):
        find_scans(tmp_path, TABLE, 'train')


def test_sequences_of_several_folders(tmp_path):
    table = TABLE._replace(
        scan='{sequence}/{name}/coord.npy',
        label='{sequence}/{name}/segment.npy',
        intensity_file='{sequence}/{name}/strength.npy',
        splits=dict(train=('training/*', )))
    touch(tmp_path, 'training/segment-1/100/coord.npy',
          'validation/segment-2/100/coord.npy')
    files, = find_scans(tmp_path, table, 'train')
    assert files.sample_id == 'training_segment-1_100'
    assert files.intensity == 'training/segment-1/100/strength.npy'
    assert files.label == 'training/segment-1/100/segment.npy'


def test_a_list_of_scans(tmp_path):
    (tmp_path / 'train.lst').write_text('0/x/1.bin 0/y/1.label\n\n')
    files, = find_scans(tmp_path, TABLE, 'listed')
    assert files[1:3] == ('0/x/1.bin', '0/y/1.label')
    (tmp_path / 'train.lst').write_text('0/x/1.bin\n')
    with pytest.raises(ValueError, match="train.lst', line 1"):
        find_scans(tmp_path, TABLE, 'listed')
    (tmp_path / 'train.lst').unlink()
    with pytest.raises(FileNotFoundError, match='train.lst.*data_root'):
        find_scans(tmp_path, TABLE, 'listed')


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='data_root.*example.org'):
        find_scans(tmp_path, TABLE, 'train')
    with pytest.raises(ValueError, match="Unknown split 'val'"):
        find_scans(tmp_path, TABLE, 'val')


@pytest.mark.parametrize('name', LAYOUTS)
def test_no_raw_id_belongs_to_two_classes(name):
    layout = LAYOUTS[name]
    ids = [raw for raws in layout.classes.values() for raw in raws]
    assert len(ids) == len(set(ids))
    assert layout.source.startswith('https://')


@pytest.mark.parametrize('sequences, message', [
    (['a', 'd'], "no scan of 'd'.*there are 'a', 'b'"),
    (['A'], "did you mean 'a'"),
    ([8], 'no scan of 8'),
    ('a', "is not a list of names: write sequences=\\['08'\\]"),
    ([], 'is not a list'),
])
def test_sequences_without_scans(tmp_path, sequences, message):
    touch(tmp_path, 'seqs/a/points/1.bin', 'seqs/b/points/1.bin')
    with pytest.raises(BadInput, match=message):
        find_scans(tmp_path, TABLE, 'train', sequences)
    assert len(find_scans(tmp_path, TABLE, 'train', ['b'])) == 1


def test_a_part_of_a_split_is_said(tmp_path, monkeypatch):
    from reldistill_mm.datasets.layouts import layout
    said = []
    monkeypatch.setattr(layout, 'print_log',
                        lambda text, **_: said.append(text))
    touch(tmp_path, 'seqs/a/points/1.bin')
    assert len(find_scans(tmp_path, TABLE, 'train')) == 1
    assert "no scan of the sequences ['b'], of ['b', 'a']" in said[0]


def test_a_mistyped_split(tmp_path):
    with pytest.raises(BadInput, match="'trian'.*did you mean 'train'"):
        find_scans(tmp_path, TABLE, 'trian')
