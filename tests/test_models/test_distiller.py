"""The whole model on a small batch."""
import copy

import pytest
import torch
from mmdet3d.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData

import reldistill_mm
from reldistill_mm.errors import BadInput
from reldistill_mm.models import RandomPairs
from reldistill_mm.models.batch_pairs import batch_pairs


@pytest.fixture
def config(small_options, mmdet3d_scope):
    cfg = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    cfg.merge_from_dict(small_options)
    return cfg


@pytest.fixture
def model(config):
    return MODELS.build(config.model)


def load(config, count=2, split='train'):
    from mmdet3d.registry import DATASETS
    dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
    return pseudo_collate([dataset[index] for index in range(count)])


def step(model, data, mode):
    data = model.data_preprocessor(copy.deepcopy(data), mode == 'loss')
    return model(data['inputs'], data['data_samples'], mode=mode)


def test_all_three_modes(model, config):
    data = load(config)
    losses = step(model, data, 'loss')
    assert set(losses) == {'loss_cross', 'loss_intra', 'num_pairs'}
    assert int(losses['num_pairs']) == 256
    features = step(model, data, 'tensor')
    assert features.shape[1] == 16
    model.eval()
    samples = step(model, load(config, split='test'), 'predict')
    for sample in samples:
        labels = sample.pred_pts_seg.pts_semantic_mask
        assert labels.shape == (3000, )
        assert sample.pts_seg_logits.pts_seg_logits.shape == (16, 3000)
        assert 0 <= int(labels.min()) and int(labels.max()) < 16


def test_every_parameter_learns(model, config):
    losses = step(model, load(config), 'loss')
    (losses['loss_cross'] + losses['loss_intra']).backward()
    missing = [
        name for name, parameter in model.named_parameters()
        if parameter.grad is None
    ]
    assert not missing
    assert any(parameter.grad.abs().sum() > 0
               for parameter in model.backbone.parameters())


def test_gradient_of_a_step_lowers_the_loss(model, config):
    data = load(config)
    model.pair_sampler = None
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    values = []
    for _ in range(8):
        losses = step(model, data, 'loss')
        total = losses['loss_cross'] + losses['loss_intra']
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        values.append(float(total))
    assert values[-1] < values[0]


def test_gradients_repeat_to_the_bit(model, config):
    """With several threads, and several pairs to a voxel."""
    data = load(config)
    model.pair_sampler = None
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        seen = []
        for _ in range(5):
            model.zero_grad()
            losses = step(model, data, 'loss')
            (losses['loss_cross'] + losses['loss_intra']).backward()
            seen.append([p.grad.clone() for p in model.parameters()])
    finally:
        torch.set_num_threads(threads)
    for other in seen[1:]:
        assert all(map(torch.equal, seen[0], other))


def test_no_pairs_gives_the_same_keys_and_a_backward(model, config):
    """Trap 26: other ranks must not hang."""
    data = load(config)
    for sample in data['data_samples']:
        sample.pairs = InstanceData(
            point=torch.zeros(0, dtype=torch.long),
            camera=torch.zeros(0, dtype=torch.long),
            uv=torch.zeros(0, 2))
    losses = step(model, data, 'loss')
    assert set(losses) == {'loss_cross', 'loss_intra', 'num_pairs'}
    total = losses['loss_cross'] + losses['loss_intra']
    total.backward()
    assert float(total) == 0
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_teacher_stays_out_of_the_checkpoint(model):
    model.train()
    assert not model.teacher.clip.training
    names = list(model.state_dict())
    assert names and not any('teacher' in name or 'clip' in name
                             for name in names)
    assert all(name.startswith(('backbone.', 'projector.')) for name in names)


def test_config_survives_two_builds(config):
    """Trap 5: the backbone inserts into the lists that it is given."""
    plain = copy.deepcopy(config.model.to_dict())
    before = copy.deepcopy(plain)
    first, second = MODELS.build(plain), MODELS.build(plain)
    assert plain == before
    assert [p.shape for p in first.parameters()
            ] == [p.shape for p in second.parameters()]


def test_the_backbone_is_mmdet3ds_own(model, config):
    from mmdet3d.models import MinkUNetBackbone
    assert type(model.backbone) is MinkUNetBackbone


class Grid(torch.nn.Module):
    """A backbone whose features are its voxels' own coordinates."""

    def forward(self, features, coors):
        return torch.cat([coors.float(), features], 1)


class Same(torch.nn.Module):
    """A head or projector that hands on what it gets."""
    has_text, classes = True, ['x', 'y']

    def reserve(self, width):
        pass

    def forward(self, features):
        return features


def cloud_batch(sizes, seed=0):
    """Packed clouds of different sizes, no cameras."""
    from mmdet3d.structures import Det3DDataSample, PointData
    generator = torch.Generator().manual_seed(seed)
    clouds, samples = [], []
    for size in sizes:
        clouds.append(torch.rand(size, 4, generator=generator) * 20)
        samples.append(Det3DDataSample(gt_pts_seg=PointData()))
    return dict(inputs=dict(points=clouds), data_samples=samples)


def test_every_point_gets_the_scores_of_its_own_voxel(model):
    """For several samples of different sizes, to the last point."""
    model.backbone, model.projector = Grid(), Same()
    model.zero_shot_head = Same()
    model.eval()
    batch = cloud_batch([400, 250, 90])
    clouds = [cloud.clone() for cloud in batch['inputs']['points']]
    data = model.data_preprocessor(batch, False)
    scores = model.encode_decode(data['inputs'], data['data_samples'])
    for index, (cloud, score) in enumerate(zip(clouds, scores)):
        grid = torch.round(cloud[:, :3] / 0.1)
        grid -= grid.amin(0)
        assert score.shape == (8, len(cloud))
        assert (score[0] == index).all()
        assert torch.equal(score[1:4].T, grid)


def test_every_pair_joins_its_own_voxel_and_pixel(model, config, monkeypatch):
    """Student rows name their voxel, teacher rows their pixel."""
    model.backbone, model.projector = Grid(), Same()
    seen = {}
    monkeypatch.setattr(
        model.teacher, 'features_at',
        lambda images, image, uv: torch.cat([image[:, None], uv], 1))
    monkeypatch.setattr(
        model.distill_head, 'loss',
        lambda student, teacher: seen.update(k=student, q=teacher))
    model.pair_sampler = RandomPairs(500)
    data = load(config)
    points = [cloud.clone() for cloud in data['inputs']['points']]
    expected = set()
    for index, (cloud, sample) in enumerate(zip(points, data['data_samples'])):
        grid = torch.round(cloud[:, :3] / 0.1)
        grid = (grid - grid.amin(0)).int().tolist()
        for point, camera, uv in zip(sample.pairs.point.tolist(),
                                     sample.pairs.camera.tolist(),
                                     sample.pairs.uv.tolist()):
            expected.add((index, *grid[point], index * 6 + camera, *uv))
    step(model, data, 'loss')
    rows = torch.cat([seen['k'][:, :4], seen['q']], 1)
    found = {(*map(int, row[:5]), *row[5:]) for row in rows.tolist()}
    assert len(found) > 400 and found <= expected


def test_wrong_widths_and_normalisation(config):
    config.model.projector.out_channels = 17
    with pytest.raises(ValueError, match='projector.out_channels=16'):
        MODELS.build(config.model)
    config.model.projector.out_channels = 16
    imagenet = [123.675, 116.28, 103.53]
    config.model.data_preprocessor.mean = imagenet
    with pytest.raises(ValueError, match='mean=.122.77'):
        MODELS.build(config.model)
    config.model.data_preprocessor.mean = None
    config.model.data_preprocessor.std = None
    with pytest.raises(ValueError, match='it has none'):
        MODELS.build(config.model)


def test_without_pairs_in_the_pipeline(model, config):
    data = load(config)
    for sample in data['data_samples']:
        del sample.pairs
    with pytest.raises(ValueError, match='PairPointsWithPixels'):
        step(model, data, 'loss')


@pytest.mark.parametrize('old, new', [
    (dict(num_pairs=512),
     r"num_pairs=512 .*pair_sampler=dict\(type='RandomPairs', count=512\)"),
    (dict(num_pairs=None), 'num_pairs=None .*pair_sampler=None'),
    (dict(gather=True), 'distill_head.gather_across_ranks=True'),
])
def test_old_keys_of_the_head_name_the_new_ones(config, old, new):
    config.model.distill_head.update(old)
    with pytest.raises(BadInput, match=new):
        MODELS.build(config.model)


def test_zero_shot_segmentor_does_not_train(config):
    options = config.model.to_dict()
    del options['distill_head'], options['pair_sampler']
    options['type'] = 'ZeroShotSegmentor'
    model = MODELS.build(options)
    with pytest.raises(RuntimeError, match='RelationalDistiller'):
        step(model, load(config), 'loss')


def test_a_segmentor_needs_a_teacher_or_stored_words(config):
    options = config.model.to_dict()
    del options['distill_head'], options['pair_sampler'], options['teacher']
    options['type'] = 'ZeroShotSegmentor'
    with pytest.raises(ValueError, match='give the model a teacher'):
        MODELS.build(options)
    options['zero_shot_head']['store_text'] = True
    assert MODELS.build(options).teacher is None


def sample_with(points, voxels):
    from mmdet3d.structures import Det3DDataSample
    sample = Det3DDataSample()
    sample.pairs = InstanceData(
        point=torch.tensor(points),
        camera=torch.arange(len(points)),
        uv=torch.rand(len(points), 2))
    sample.point2voxel_map = torch.tensor(voxels)
    sample.batch_idx = torch.zeros(int(max(voxels)) + 1)
    return sample


def test_batch_pairs_index_over_the_batch_and_skip_dropped_voxels():
    first = sample_with([0, 1, 2], [1, -1, 0])
    second = sample_with([2, 0], [0, 1, 2])
    pairs = batch_pairs([first, second], num_cameras=6)
    assert pairs.voxel.tolist() == [1, 0, 2 + 2, 2 + 0]
    assert pairs.image.tolist() == [0, 2, 6 + 0, 6 + 1]
    torch.testing.assert_close(
        pairs.uv, torch.cat([first.pairs.uv[[0, 2]], second.pairs.uv]))
    assert pairs.pair_index.tolist() == [0, 2, 3, 4]


def test_a_checkpoint_loads_every_tensor(model, config, tmp_path):
    """Sparse kernels too, which mmdet3d permutes when metadata is lost."""
    from mmengine.runner import load_checkpoint, save_checkpoint
    path = str(tmp_path / 'model.pth')
    save_checkpoint(dict(state_dict=model.state_dict(), meta={}), path)
    torch.manual_seed(5)
    other = MODELS.build(config.model)
    state = model.state_dict()
    same = [torch.equal(t, state[n]) for n, t in other.state_dict().items()]
    assert not all(same)
    load_checkpoint(other, path, strict=True)
    assert all(
        torch.equal(tensor, state[name])
        for name, tensor in other.state_dict().items())


def test_a_sampler_that_returns_nothing_is_told_so(model, config):
    model.pair_sampler = lambda pairs: None
    data = model.data_preprocessor(load(config), True)
    with pytest.raises(BadInput, match='returned NoneType, not BatchPairs'):
        model.loss(data['inputs'], data['data_samples'])
