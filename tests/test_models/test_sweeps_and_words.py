"""Losses that know words and places: in a model, over sweeps and two ranks."""
import copy

import numpy as np
import pytest
import torch
from devices import IN_PAIRS, join_group
from mmdet3d.registry import DATASETS, MODELS
from mmdet3d.structures import Det3DDataSample
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from test_models.test_distiller import step
from torch import multiprocessing as mp

import reldistill_mm
from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.errors import BadInput
from reldistill_mm.functional import (cell_consistency_loss, cells_of,
                                      text_guided_loss, unit_rows, voxelize,
                                      voxelize_sweeps)
from reldistill_mm.models import (CellConsistencyLoss, DistillHead,
                                  PairContext, TextGuidedLoss)


@pytest.fixture
def config(small_options, clip_weights, mmdet3d_scope):
    cfg = Config.fromfile(
        reldistill_mm.config_path('baselines/clip2scene_nus.py'))
    del small_options['model.pair_sampler.count']
    small_options['train_dataloader.dataset.ann_file'] = 'infos_sweeps.pkl'
    cfg.merge_from_dict(small_options)
    cfg.model.teacher.pretrained = clip_weights
    cfg.model.distill_head.losses[1].cell_size = 1.0
    return cfg


def batch_of(config):
    np.random.seed(0)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    return pseudo_collate([dataset[index] for index in range(2)])


def test_voxels_of_sweeps_equal_those_of_each_alone():
    torch.manual_seed(0)
    clouds = [torch.randint(0, 5, (60, 3)).float() for _ in range(2)]
    sweeps = [torch.randint(0, 3, (60, )), torch.zeros(60).long()]
    found = voxelize_sweeps(clouds, sweeps, torch.ones(3))
    row = part = 0
    for index, (cloud, sweep) in enumerate(zip(clouds, sweeps)):
        assert found.bounds[index] == row
        for number in sweep.unique():
            mine = (sweep == number).nonzero().flatten()
            alone = voxelize([cloud[mine]], torch.ones(3))
            here = found.coors[row:row + len(alone.coors)]
            assert torch.equal(here[:, 1:], alone.coors[:, 1:])
            assert (here[:, 0] == part).all()
            assert torch.equal(found.point2voxel[60 * index + mine],
                               alone.point2voxel + row)
            assert torch.equal(found.first_point[row:row + len(alone.coors)],
                               mine[alone.first_point] + 60 * index)
            row, part = row + len(alone.coors), part + 1
    assert found.bounds[2] == row == len(found.coors)


def point_features(model, points, samples):
    """Of each cloud's points, in their order."""
    batch = model.data_preprocessor(
        dict(inputs=dict(points=points), data_samples=samples), True)
    voxels = model.extract_feat(batch['inputs'])
    parts = voxels.split(
        [len(sample.batch_idx) for sample in batch['data_samples']])
    return [
        part[sample.point2voxel_map]
        for part, sample in zip(parts, batch['data_samples'])
    ]


def test_a_sweep_has_the_features_of_a_sample_of_its_own(config):
    """In a batch of as many clouds: a grid's size decides at its border."""
    model = MODELS.build(config.model).eval()
    data = batch_of(config)
    clouds, samples = data['inputs']['points'], data['data_samples']
    alone = [
        cloud[sample.sweep == sweep] for cloud, sample in zip(clouds, samples)
        for sweep in range(3)
    ]
    expected = point_features(model, alone, [Det3DDataSample() for _ in alone])
    found = point_features(model, clouds, samples)
    assert len(alone) == 6 and all(len(cloud) > 1000 for cloud in alone)
    for number, rows in enumerate(expected):
        sample = samples[number // 3]
        torch.testing.assert_close(
            found[number // 3][sample.sweep == number % 3],
            rows,
            rtol=1e-4,
            atol=1e-5)


def test_losses_equal_a_slow_collection(config):
    model = MODELS.build(config.model).eval()
    data = batch_of(config)
    found = step(model, data, 'loss')
    data = model.data_preprocessor(copy.deepcopy(data), True)
    samples, inputs = data['data_samples'], data['inputs']
    parts = model.extract_feat(inputs).split(
        [len(sample.batch_idx) for sample in samples])
    students, teachers, places = [], [], []
    for number, sample in enumerate(samples):
        pairs = sample.pairs
        students.append(
            model.projector(
                parts[number][sample.point2voxel_map[pairs.point]]))
        teachers.append(
            model.teacher.features_at(inputs['imgs'][number], pairs.camera,
                                      pairs.uv))
        places += [[number, *inputs['points'][number][point, :3].tolist()]
                   for point in pairs.point]
    rows = unit_rows(torch.cat(students)), torch.cat(teachers)
    head = model.zero_shot_head
    words = head.text_weights, head.names_per_class
    cells = cells_of(torch.tensor(places), 1.0)
    # Points of all sweeps meet in cells, those of two samples do not.
    assert len(cells.unique()) < len(cells) == int(found['num_pairs'])
    torch.testing.assert_close(found['loss_text'],
                               text_guided_loss(*rows, *words),
                               rtol=1e-4, atol=1e-3)  # yapf: disable
    torch.testing.assert_close(found['loss_cells'],
                               cell_consistency_loss(*rows, cells, *words))


def test_what_they_cannot_work_without(config):
    with pytest.raises(BadInput, match='guided by words, and the model'):
        MODELS.build(dict(config.model, zero_shot_head=None))
    pooled = copy.deepcopy(config)
    pooled.model.pair_sampler = dict(type='SuperpixelPool')
    model = MODELS.build(pooled.model)
    data = batch_of(config)
    for sample in data['data_samples']:
        sample.pairs.segment = torch.zeros_like(sample.pairs.point)
    with pytest.raises(BadInput, match='pooled pairs lie in many places'):
        step(model, data, 'loss')
    model.distill_head.losses = model.distill_head.losses[:1]
    assert 'loss_text' in step(model, data, 'loss')
    # Room for embeddings that no checkpoint has filled, and nobody to ask.
    model.zero_shot_head.has_text = False
    model.prepare_words = lambda: None
    with pytest.raises(BadInput, match='embeds none: take a TextTeacher'):
        step(model, data, 'loss')
    for loss in (TextGuidedLoss(), CellConsistencyLoss()):
        with pytest.raises(BadInput, match='needs a PairContext'):
            loss(torch.eye(2), torch.eye(2))


@pytest.mark.parametrize('kind, how, words', [
    (TextGuidedLoss, dict(temperature=0), 'temperature must be positive'),
    (TextGuidedLoss, dict(anchor='word'), "got 'word'"),
    (CellConsistencyLoss, dict(cell_size=0), 'cell_size must be positive'),
    (CellConsistencyLoss, dict(temperature=-1), 'temperature must be'),
])
def test_bad_arguments(kind, how, words):
    with pytest.raises(BadInput, match=words):
        kind(**how)


LOSSES = [
    dict(type='TextGuidedLoss'),
    dict(type='CellConsistencyLoss', cell_size=1.0)
]


def part(rank, sizes):
    """Points, teacher rows and places of a rank's two samples."""
    torch.manual_seed(rank)
    count = sizes[rank]
    place = torch.randint(0, 2, (count, 4)).float()
    return torch.randn(count, 5), torch.randn(count, 8), place


def layer():
    torch.manual_seed(9)
    return torch.nn.Linear(5, 8)


def losses_of(network, points, teacher, place, gather):
    torch.manual_seed(10)
    words = unit_rows(torch.randn(4, 8))
    head = DistillHead(losses=LOSSES, gather_across_ranks=gather)
    terms = head.loss(
        network(points), teacher, PairContext(words, [2, 1, 1], place))
    return sum(value for key, value in terms.items() if 'loss' in key)


def one_rank(rank, backend, sizes, folder):
    from mmengine.registry import DefaultScope
    device = join_group(backend, rank, 2, folder)
    network = torch.nn.parallel.DistributedDataParallel(layer().to(device))
    own = (each.to(device) for each in part(rank, sizes))
    with DefaultScope.overwrite_default_scope('mmdet3d'):
        loss = losses_of(network, *own, gather=True)
    loss.backward()
    torch.save((loss.detach().cpu(), network.module.weight.grad.cpu()),
               f'{folder}/{rank}.pt')
    leave_group()


@pytest.mark.slow
@IN_PAIRS
@pytest.mark.parametrize('sizes', [[40, 25], [30, 0]])
def test_two_ranks_equal_one_process(backend, sizes, tmp_path, mmdet3d_scope):
    """Samples of two ranks are different ones, wherever their points lie."""
    mp.spawn(one_rank, (backend, sizes, str(tmp_path)), nprocs=2)
    network = layer()
    points, teacher, place = (
        torch.cat(column) for column in zip(part(0, sizes), part(1, sizes)))
    place[sizes[0]:, 0] += 2
    loss = losses_of(network, points, teacher, place, gather=False)
    loss.backward()
    for rank in range(2):
        found, grad = torch.load(tmp_path / f'{rank}.pt', weights_only=True)
        torch.testing.assert_close(found, loss.detach())
        torch.testing.assert_close(grad, network.weight.grad)
