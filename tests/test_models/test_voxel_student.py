"""Students other than MinkUNet: what they are given and what is read."""
import inspect

import pytest
import torch
from config_files import load
from mmdet3d.models.backbones import minkunet_backbone, spvcnn_backone
from mmdet3d.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from small_options import other_student
from test_models.test_distiller import step
from torch import nn

from reldistill_mm.errors import BadInput
from reldistill_mm.io.student_check import check_student
from reldistill_mm.models import VoxelStudent

COORS = torch.tensor([[0, 1, 2, 3], [0, 4, 5, 6], [1, 7, 8, 9]]).int()


class Network(nn.Module):
    """Gives back what it is told to."""

    def __init__(self, answer, sparse_shape=None):
        super().__init__()
        self.answer, self.sparse_shape = answer, sparse_shape

    def forward(self, features, coors):
        self.seen = coors
        return self.answer(features, coors)


class Batched(Network):

    def forward(self, features, coors, batch_size):
        self.batch_size = batch_size
        return super().forward(features, coors)


class Sparse:
    """As spconv's tensor."""

    def __init__(self, features, indices):
        self.features, self.indices = features, indices


class Torchsparse:

    def __init__(self, features):
        self.F = features


def student_of(network, **options):
    student = VoxelStudent.__new__(VoxelStudent)
    build = inspect.unwrap(VoxelStudent.__init__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('reldistill_mm.models.students.voxel_student._build',
                      lambda cfg: cfg)
        build(student, network, **options)
    return student


@pytest.mark.parametrize('answer, output', [
    (lambda f, c: f, None),
    (lambda f, c: Sparse(f, c), None),
    (lambda f, c: Torchsparse(f), None),
    (lambda f, c: dict(seg=f, other=1), 'seg'),
    (lambda f, c: dict(seg=Sparse(f, c)), 'seg'),
])
@pytest.mark.parametrize('kind', [Network, Batched])
def test_features_are_read_from_what_networks_return(answer, output, kind):
    student = student_of(kind(answer), output=output)
    features = torch.rand(3, 7)
    assert student(features, COORS) is features
    if kind is Batched:
        assert student.network.batch_size == 2


@pytest.mark.parametrize('axes, columns', [
    ('bxyz', [0, 1, 2, 3]),
    ('bzyx', [0, 3, 2, 1]),
    ('xyzb', [1, 2, 3, 0]),
])
def test_columns_of_the_coordinates(axes, columns):
    student = student_of(Batched(lambda f, c: f), axes=axes)
    student(torch.rand(3, 4), COORS)
    assert torch.equal(student.network.seen, COORS[:, columns])
    assert student.network.batch_size == 2


@pytest.mark.parametrize('network, options, words', [
    (Network(lambda f, c: f[:2]), {}, r'shape \(2, 4\) for 3 voxels'),
    (Network(lambda f, c: f[None]), {}, r'shape \(1, 3, 4\) for 3 voxels'),
    (Network(lambda f, c: dict(seg=f)), {}, r"returns \['seg'\]: name"),
    (Network(lambda f, c: dict(seg=f)), dict(output='a'), "is 'a'"),
    (Network(lambda f, c: f), dict(output='a'), 'set VoxelStudent.output=Non'),
    (Network(lambda f, c: [f]), {}, 'returns list, from which no features'),
    (Network(lambda f, c: Sparse(f, c.flip(0))), {}, 'in another order'),
    (Network(lambda f, c: Sparse(f[:2], c[:2])), {}, '2 other voxels'),
    (Network(lambda f, c: f, [7, 9, 10]), {}, r'takes \[8, 9, 10\] voxels '
     r'along xyz, and Network.sparse_shape=\[7, 9, 10\]'),
])
def test_other_answers_are_refused(network, options, words):
    with pytest.raises(BadInput, match=words):
        student_of(network, **options)(torch.rand(3, 4), COORS)


def test_a_grid_in_the_networks_own_order():
    network = Network(lambda f, c: f, [10, 9, 8])
    with pytest.raises(BadInput, match='along xyz'):
        student_of(network)(torch.rand(3, 4), COORS)
    student_of(network, axes='bzyx')(torch.rand(3, 4), COORS)


@pytest.mark.parametrize('options, words', [
    (dict(axes='xyz'), "axes='xyz' must name"),
    (dict(axes='bxyy'), "axes='bxyy' must name"),
])
def test_options_are_checked(options, words):
    with pytest.raises(BadInput, match=words):
        student_of(Network(None), **options)


def test_a_network_that_refuses_its_options(mmdet3d_scope):
    """mmdet3d asserts."""
    with pytest.raises(
            BadInput,
            match='MinkUNetBackbone cannot be built .*'
            'backend: dense not supported'):
        VoxelStudent(dict(type='MinkUNetBackbone', sparseconv_backend='dense'))


def test_minkunet_is_the_same_inside(mmdet3d_scope, small_options):
    options = load('reldistill_nus.py', small_options).model.backbone
    plain = MODELS.build(options)
    student = VoxelStudent(options)
    student.network.load_state_dict(plain.state_dict())
    coors = torch.cat([torch.zeros(200, 1), torch.randint(0, 40, (200, 3))], 1)
    coors = coors.int().unique(dim=0)
    features = torch.rand(len(coors), 4)
    assert torch.equal(student(features, coors), plain(features, coors))


@pytest.fixture
def config(small_options, clip_weights):
    cfg = load('reldistill_nus_sparseunet.py', other_student(small_options))
    cfg.model.teacher.pretrained = clip_weights
    return cfg


def samples_of(config, split):
    dataset = DATASETS.build(config[f'{split}_dataloader'].dataset)
    return pseudo_collate([dataset[index] for index in range(2)])


def test_another_student_learns_and_predicts(config, mmdet3d_scope, tmp_path):
    """SparseUNet, by every way of the model, and from a checkpoint."""
    model = MODELS.build(config.model)
    data = samples_of(config, 'train')
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(8):
        torch.manual_seed(0)
        loss = step(model, data, 'loss')
        total = loss['loss_cross'] + loss['loss_intra']
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        losses.append(total.item())
    assert losses[-1] < losses[0]
    # Of a map for detectors alone, as the config says.
    without = {
        name
        for name, parameter in model.named_parameters()
        if parameter.grad is None
    }
    assert without == {
        f'backbone.network.conv_out.{name}'
        for name in ('0.weight', '1.weight', '1.bias')
    }
    model.eval()
    found = step(model, samples_of(config, 'test'), 'predict')
    logits = [sample.pts_seg_logits.pts_seg_logits for sample in found]
    assert [part.shape for part in logits] == [(16, 3000)] * 2

    from mmengine.runner import load_checkpoint, save_checkpoint
    path = str(tmp_path / 'model.pth')
    save_checkpoint(dict(state_dict=model.state_dict(), meta={}), path)
    other = MODELS.build(config.model).eval()
    load_checkpoint(other, path, strict=True)
    again = step(other, samples_of(config, 'test'), 'predict')
    for sample, part in zip(again, logits):
        assert torch.equal(sample.pts_seg_logits.pts_seg_logits, part)

    # Downstream: mmdet3d's own segmentor on the distilled student.
    cfg = load('downstream/finetune_nus.py').model
    init = dict(type='DistilledBackbone', checkpoint=path)
    cfg.backbone = dict(config.model.backbone, init_cfg=init)
    cfg.decode_head.channels = 8
    tuned = MODELS.build(cfg)
    tuned.init_weights()
    for name, tensor in tuned.backbone.state_dict().items():
        assert torch.equal(tensor, model.backbone.state_dict()[name])


def test_a_sample_alone_has_the_same_features(config, mmdet3d_scope):
    model = MODELS.build(config.model).eval()
    data = samples_of(config, 'test')
    both = step(model, data, 'tensor')
    for index in (0, 1):
        alone = {
            key:
            dict(points=[value['points'][index]])
            if isinstance(value, dict) else [value[index]]
            for key, value in data.items()
        }
        part = step(model, alone, 'tensor')
        own = both[:len(part)] if index == 0 else both[-len(part):]
        torch.testing.assert_close(part, own, rtol=1e-4, atol=1e-5)


class Layer(nn.Linear):
    """For a convolution on torchsparse."""

    def __init__(self, inputs, outputs, *args, **kwargs):
        super().__init__(inputs, outputs)


def test_mmdet3d_takes_the_options_of_spvcnn(monkeypatch, mmdet3d_scope):
    """Without torchsparse: its layers are stand-ins, and nothing runs."""
    for name in ('TorchSparseConvModule', 'TorchSparseBasicBlock'):
        monkeypatch.setattr(minkunet_backbone, name, Layer)
    monkeypatch.setattr(minkunet_backbone, 'IS_TORCHSPARSE_AVAILABLE', True)
    cfg = load('reldistill_nus_spvcnn.py').model
    student = MODELS.build(cfg.backbone)
    assert isinstance(student.network, spvcnn_backone.SPVCNNBackbone)
    width = student.network.point_transforms[-1][0].out_features
    assert width == cfg.projector.in_channels
    # As its own code reads them: the sample comes last.
    assert student.axes == 'xyzb'
    source = inspect.getsource(spvcnn_backone.SPVCNNBackbone.forward)
    assert '(x_idx, y_idx, z_idx, batch_idx)' in source


@pytest.mark.skipif(
    minkunet_backbone.IS_TORCHSPARSE_AVAILABLE, reason='torchsparse is here')
def test_without_torchsparse_spvcnn_is_refused(mmdet3d_scope):
    with pytest.raises(
            BadInput,
            match='SPVCNNBackbone cannot be built .*'
            'install Torchsparse'):
        MODELS.build(load('reldistill_nus_spvcnn.py').model.backbone)


@pytest.mark.parametrize('backbone', ['MinkUNetBackbone', 'SPVCNNBackbone'])
def test_coordinates_in_another_order_are_refused(backbone):
    model = dict(
        data_preprocessor=dict(type='DistillDataPreprocessor'),
        backbone=dict(type=backbone))
    with pytest.raises(BadInput, match=f"axes='xyzb', network=.*{backbone}"):
        check_student(model)
    model['data_preprocessor']['type'] = 'Det3DDataPreprocessor'
    check_student(model)
