"""Situations: values that are not finite, huge, repeated or none."""
import numpy as np
import torch
from test_faults.scan_files import cloud, content, save
from test_faults.situations import REFUSED, RIGHT, situation

from reldistill_mm.cli.torch_errors import explain_torch
from reldistill_mm.datasets.scans import read_scan
from reldistill_mm.functional import label_table, voxelize
from reldistill_mm.functional.prompts import parse_words, vocabulary
from reldistill_mm.functional.word_checks import (clean_templates,
                                                  clean_vocabulary)

EDGES = torch.tensor([0.1, 0.1, 0.1])


def clean(words):
    return clean_vocabulary(words, list(words))


def read(tmp, points, **options):
    np.save(tmp / 'a.npy', points)
    return read_scan(tmp / 'a.npy', **options)


@situation('NaN and infinity in some points', 'values', RIGHT,
           '2 of 40 points are not finite: left out, and labelled as ignored')
def _(tmp):
    points = cloud()
    points[3, 0], points[5, 3] = np.nan, -np.inf
    scan = read(tmp, points)
    kept = np.delete(np.arange(40), [3, 5])
    np.testing.assert_array_equal(scan.rows, kept)
    np.testing.assert_array_equal(scan.points, points[kept, :4])
    assert scan.notes[0] == ('2 of 40 points are not finite: left out, and '
                             'labelled as ignored')
    labels = scan.spread(np.zeros(38, np.uint16), 65535)
    assert (labels == 65535).sum() == 2 and len(labels) == 40


@situation(
    'NaN in every point', 'values', REFUSED,
    "'a.npy' holds no finite point: all of its 40 rows have NaN or "
    'infinity.')
def _(tmp):
    read(tmp, cloud() * np.nan)


@situation('a scan without points', 'values', REFUSED,
           "'a.npy' holds no points.")
def _(tmp):
    read(tmp, cloud()[:0])


@situation(
    'a scan whose intensities are all 0 (the file has none)', '2', REFUSED,
    "The intensities of 'a.npy' are all 0, as of files without any, and the "
    'model was trained with them: give every point one (--intensity 20), or '
    'say that they are right (--intensity-scale 1).')
def _(tmp):
    points = cloud()
    points[:, 3] = 0
    assert (read(tmp, points, intensity_scale=1).points[:, 3] == 0).all()
    assert (read(tmp, points, intensity=20).points[:, 3] == 20).all()
    read(tmp, points)


for top, kind in ((255, 'whole numbers'), (1, 'fractions')):

    @situation(
        f'an array of x, y, z and colours, 0 to {top} in {kind}', '2', REFUSED,
        "'a.npy' has no intensity (its fields: ['x', 'y', 'z', 'red', "
        "'green', 'blue']), which the model was trained with: give every "
        'point one from 0 to 255 by intensity (--intensity 20).')
    def _(tmp, top=top):
        rng = np.random.default_rng(0)
        colours = (
            rng.uniform(0, 1,
                        (40,
                         3)) if top == 1 else rng.integers(0, 256, (40, 3)))
        points = np.hstack([cloud()[:, :3], colours]).astype(np.float32)
        assert read(tmp, points, intensity=20).points.shape == (40, 4)
        read(tmp, points)


@situation('arrays of 6 columns that are no colours', '2', RIGHT,
           'the fourth is the intensity')
def _(tmp):
    rng = np.random.default_rng(0)
    for more in (rng.integers(0, 128, (40, 2)), rng.uniform(0, .1, (40, 2)),
                 rng.uniform(-1, 1, (40, 2))):
        points = np.hstack([cloud()[:, :4], more]).astype(np.float32)
        np.testing.assert_array_equal(
            read(tmp, points).points[:, 3], points[:, 3])


@situation('a scan of one point', 'values', RIGHT, 'one point and one voxel')
def _(tmp):
    scan = read_scan(save(tmp / 'a.bin', content(cloud(1), 'bin5')), columns=5)
    np.testing.assert_array_equal(scan.points, cloud(1)[:, :4])
    voxels = voxelize([torch.from_numpy(scan.points[:, :3])], EDGES)
    assert voxels.coors.tolist() == [[0, 0, 0, 0]]
    assert voxels.point2voxel.tolist() == [0]


@situation('all points in one voxel', 'values', RIGHT,
           'one voxel; a line asks whether the coordinates are in metres')
def _(tmp):
    points = cloud()
    points[:, :3] /= 1000
    scan = read(tmp, points)
    assert scan.notes[-1].endswith('are the coordinates in metres?')
    voxels = voxelize([torch.from_numpy(scan.points[:, :3])], EDGES)
    assert len(voxels.coors) == 1 and voxels.point2voxel.tolist() == [0] * 40


@situation(
    'a stray point at 1e9 m', 'values', RIGHT,
    '1 of 40 points are more than 2000 m away: left out, and labelled '
    'as ignored')
def _(tmp):
    points = cloud()
    points[7, 1] = 1e9
    scan = read(tmp, points)
    assert not scan.origin.any() and 7 not in scan.rows
    np.testing.assert_array_equal(scan.points, np.delete(points, 7, 0)[:, :4])
    assert scan.notes[-1] == ('1 of 40 points are more than 2000 m away: left '
                              'out, and labelled as ignored')


@situation('a scan whose points all lie around 1e9 m', 'values', RIGHT,
           'moved to the sensor, to a micrometre; results in the own frame')
def _(tmp):
    points = cloud().astype(np.float64)
    points[:, :3] += 1e9
    scan = read(tmp, points)
    np.testing.assert_allclose(scan.own_xyz, points[:, :3], atol=1e-5, rtol=0)
    assert scan.notes[-1].startswith('coordinates of a map, moved by')


@situation(
    'coordinates in millimetres', '2', REFUSED,
    "The points of 'a.npy' reach ... m from the sensor, farther than a "
    "LiDAR sees: bring the coordinates to metres, or give the sensor's "
    'position (--origin X Y Z).')
def _(tmp):
    points = cloud(400)
    points[:, :3] *= 1000
    read(tmp, points)


@situation('--intensity nan', 'values', REFUSED,
           'An intensity is from 0 to 255, not nan (--intensity).')
def _(tmp):
    read(tmp, cloud(), intensity=float('nan'))


@situation(
    '--intensity-scale 0', 'values', REFUSED,
    'The scale of the intensities is positive, not 0 '
    '(--intensity-scale).')
def _(tmp):
    read(tmp, cloud(), intensity_scale=0.)


@situation(
    '--origin with infinity', 'values', REFUSED,
    'The origin is three finite coordinates, not [0.0, inf, 0.0] '
    '(--origin X Y Z).')
def _(tmp):
    read(tmp, cloud(), origin=[0., float('inf'), 0.])


@situation('a batch with a cloud that is empty', 'values', REFUSED,
           'The cloud of sample 1 of the batch has no points.')
def _(tmp):
    voxelize([torch.zeros(3, 3), torch.zeros(0, 3)], EDGES)


@situation(
    'a point at 1e9 m that reaches the voxels', 'values', REFUSED,
    'The cloud of sample 0 of the batch reaches 1e+09 m, more than '
    '262144 voxels of [...] m from end to end: check it for stray '
    'points (PointsRangeFilter drops them) and the voxel size.')
def _(tmp):
    voxelize([torch.tensor([[0., 0., 0.], [1e9, 0., 0.]])], EDGES)


@situation('NaN that reaches the voxels', 'values', REFUSED,
           'The cloud of sample 0 of the batch reaches nan m, ...')
def _(tmp):
    voxelize([torch.tensor([[0., 0., 0.], [np.nan, 0., 0.]])], EDGES)


def preprocess(edges):
    """Voxelise one cloud as a model of this voxel size does."""
    from mmdet3d.registry import MODELS
    from mmdet3d.structures import Det3DDataSample
    model = MODELS.build(
        dict(
            type='DistillDataPreprocessor',
            voxel=True,
            voxel_type='minkunet',
            voxel_layer=dict(
                max_num_points=-1,
                point_cloud_range=[-50, -50, -5, 50, 50, 3],
                voxel_size=edges,
                max_voxels=(-1, -1))))
    model(
        dict(
            inputs=dict(points=[torch.rand(5, 4)]),
            data_samples=[Det3DDataSample()]), True)


@situation(
    'a voxel size of 0', 'values', REFUSED,
    'voxel_size is three positive lengths in metres, not [0.1, 0.0, 0.1].')
def _(tmp):
    preprocess([0.1, 0., 0.1])


@situation(
    'a negative voxel size', 'values', REFUSED,
    'voxel_size is three positive lengths in metres, not [0.1, 0.1, -0.1].')
def _(tmp):
    preprocess([0.1, 0.1, -0.1])


@situation('a voxel size of two numbers', 'values', REFUSED,
           'voxel_size is three positive lengths in metres, not [0.1, 0.1].')
def _(tmp):
    preprocess([0.1, 0.1])


@situation(
    'a training batch of a single voxel', 'values', REFUSED,
    'A batch has a single voxel left in the middle of the network, of which '
    'there are no statistics (...): leave out keyframes of so few points, or '
    'set a larger train_dataloader.batch_size or smaller voxels.')
def _(tmp):
    with explain_torch():
        torch.nn.BatchNorm1d(4)(torch.zeros(1, 4))


RAW = dict(car=[3], bus=[1, 2], tram=[2], none=[])


@situation('raw ids that no class has', 'values', RIGHT, 'ignored')
def _(tmp):
    table = label_table(RAW, ['bus', 'car'], ignore_index=255, size=1 << 16)
    assert table[[1, 2, 3]].tolist() == [0, 0, 1]
    assert set(np.delete(table, [1, 2, 3])) == {255}


@situation('a negative raw id in a class', 'values', REFUSED,
           "Class 'car' has ids [-3] outside [0, 256).")
def _(tmp):
    label_table(dict(car=[-3]), ['car'], 255, 256)


@situation('a raw id too large for its file', 'values', REFUSED,
           "Class 'car' has ids [300] outside [0, 256).")
def _(tmp):
    label_table(dict(car=[300]), ['car'], 255, 256)


@situation('a raw id in two classes', 'values', REFUSED,
           "The raw ids [2] belong to both 'bus' and 'tram'.")
def _(tmp):
    label_table(RAW, ['bus', 'tram'], 255, 256)


@situation('a class named twice', 'values', REFUSED,
           "metainfo.classes names ['car'] twice.")
def _(tmp):
    label_table(RAW, ['car', 'bus', 'car'], 255, 256)


@situation(
    'ignore_index that is the label of a class', 'values', REFUSED,
    "ignore_index=0 is the label of the class 'bus', which unknown "
    'ids would become: use 2 or 255.')
def _(tmp):
    label_table(RAW, ['bus', 'car'], 0, 256)


@situation('a class without raw ids', 'values', RIGHT, 'no point has it')
def _(tmp):
    assert 0 not in label_table(RAW, ['none', 'car'], 255, 256)


@situation('a class without a word', 'values', REFUSED,
           "Classes without a word: ['bus'].")
def _(tmp):
    clean(dict(car=['car'], bus=[]))


@situation(
    'no words at all', 'values', REFUSED,
    "There is no word at place 1 of ''; separate words by single "
    "commas, as in 'car, tree, road'.")
def _(tmp):
    parse_words('')


@situation('an empty word', 'values', REFUSED,
           "The class 'car' has an empty word.")
def _(tmp):
    clean(dict(car=['car', ' ']))


@situation(
    'one word in two classes', 'values', REFUSED,
    "The word 'Lorry' stands for the classes 'van' and 'truck': a "
    'point cannot be told to be one or the other.')
def _(tmp):
    clean(dict(van=['lorry'], truck=['truck', 'Lorry']))


@situation(
    'one word twice in a class', 'values', REFUSED,
    "The word 'car' stands for the class 'car' twice: a point cannot "
    'be told to be one or the other.')
def _(tmp):
    clean(dict(car=['car', 'car']))


@situation('--words with the same word in capitals', 'values', REFUSED,
           "'car, Car' names ['Car', 'car'] more than once.")
def _(tmp):
    parse_words('car, Car')


@situation(
    'an unknown vocabulary', 'values', REFUSED,
    "Unknown vocabulary 'nuscene'; choose one of ['miniworld', "
    "'nuscenes', 'semantickitti', 'waymo'], or give a dict of class "
    'name to words.')
def _(tmp):
    vocabulary('nuscene')


@situation(
    'a number among the words, as --cfg-options makes one', 'values', REFUSED,
    "The class 'car' has [1.5] among its words: put words in "
    'quotes.')
def _(tmp):
    clean(dict(car=['car', 1.5]))


@situation('no prompts', 'values', REFUSED,
           "Every template needs one '{}' for the word: [].")
def _(tmp):
    clean_templates([])


@situation('a prompt without a place for the word', 'values', REFUSED,
           "Every template needs one '{}' for the word: ['a car'].")
def _(tmp):
    clean_templates(['a {}', 'a car'])


@situation('a prompt with braces that name something', 'values', REFUSED,
           "Every template needs one '{}' for the word: ['a {} in {city}'].")
def _(tmp):
    clean_templates(['a {} in {city}'])


@situation('a prompt given twice', 'values', REFUSED,
           "The templates ['a {}'] are given more than once.")
def _(tmp):
    clean_templates(['a {}', 'the {}', 'a {}'])


@situation('one prompt that is not in a list', 'values', RIGHT,
           'the one prompt')
def _(tmp):
    assert clean_templates('a {}') == ['a {}']
