"""Teachers of timm, small and of each family."""
import pytest
import timm
import torch
from tiny_towers import register_timm_models

from reldistill_mm.errors import BadInput, MissingInput
from reldistill_mm.models import TimmTeacher

register_timm_models()


def norm(layer, x):
    x = (x - x.mean(-1, keepdim=True)) / (
        x.var(-1, correction=0, keepdim=True) + layer.eps).sqrt()
    return x * layer.weight + layer.bias


@pytest.mark.parametrize('model, width, stride, prefix', [
    ('tiny_dinov2', 32, 16, 5), ('tiny_dinov3', 32, 16, 5),
    ('tiny_vit', 32, 16, 1)])  # yapf: disable
@pytest.mark.parametrize('layer', [0, -1])
def test_vits_equal_their_blocks(model, width, stride, prefix, layer):
    teacher = TimmTeacher(model, 'random', layer)
    assert (teacher.embed_dim, teacher.stride) == (width, stride)
    network, seen = teacher.network, []
    for parameter in network.parameters():
        parameter.data += .1 * torch.randn_like(parameter)
    network.blocks[layer].register_forward_hook(
        lambda _, args, out: seen.append(out))
    for size in ((64, 64), (48, 96)):
        found = teacher.maps(torch.randn(2, 3, *size))
        expected = norm(network.norm, seen.pop()[:, prefix:])
        grid = (size[0] // stride, size[1] // stride)
        assert found.shape == (2, width, *grid)
        torch.testing.assert_close(found.flatten(2).mT, expected)


@pytest.mark.parametrize('model, layer, normalise, width, stride',
                         [('tiny_convnext', -1, True, 32, 32),
                          ('tiny_convnext', 1, False, 16, 8),
                          ('tiny_sam', -1, True, 24, 16),
                          ('tiny_sam', 0, False, 32, 16)])
def test_other_families(model, layer, normalise, width, stride):
    teacher = TimmTeacher(model, 'random', layer, normalise)
    assert (teacher.embed_dim, teacher.stride) == (width, stride)
    images = torch.randn(2, 3, 64, 128)
    maps = teacher.maps(images)
    assert maps.shape == (2, width, 64 // stride, 128 // stride)
    teacher.images_per_step = 1
    torch.testing.assert_close(teacher.maps(images), maps)


def test_features_are_unit_rows_of_the_maps():
    teacher = TimmTeacher('tiny_vit', 'random')
    images = torch.randn(2, 3, 64, 64)
    uv = torch.tensor([[7.5, 23.5], [40., 0.]])
    found = teacher.features_at(images, torch.tensor([0, 1]), uv)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))
    cell = teacher.maps(images)[0, :, 1, 0]
    torch.testing.assert_close(found[0], cell / cell.norm())
    assert teacher.features_at(images,
                               torch.zeros(0).long(),
                               torch.zeros(0, 2)).shape == (0, 32)


def test_weights_of_a_file_are_whole_or_refused(tmp_path):
    source = timm.create_model('tiny_dinov2', num_classes=10)
    path = str(tmp_path / 'weights.pth')
    torch.save(source.state_dict(), path)
    teacher = TimmTeacher('tiny_dinov2', path)
    state = teacher.network.state_dict()
    assert all(
        torch.equal(tensor,
                    source.state_dict()[name])
        for name, tensor in state.items())
    assert TimmTeacher.identity(
        dict(type='TimmTeacher', model='tiny_dinov2',
             pretrained=path))['pretrained'].startswith('sha256:')
    torch.save(
        {
            name: tensor
            for name, tensor in source.state_dict().items()
            if not name.startswith('blocks.1')
        }, path)
    with pytest.raises(
            BadInput, match='missing from the checkpoint: blocks.1'):
        TimmTeacher('tiny_dinov2', path).load()


@pytest.mark.parametrize('options, message', [
    (dict(model='vit_bas_patch14_dinov2'), 'Unknown timm model.*dinov2'),
    (dict(model='tiny_vit'), "no weights for 'tiny_vit'.*'random'"),
    (dict(model='vit_base_patch14_dinov2.lvd'), 'lvd142m'),
    (dict(model='tiny_vit', pretrained='random', layer=2), 'of layer 2'),
    (dict(model='tiny_vit', pretrained='random', layer=-3), 'of layer -3'),
    (dict(model='hiera_tiny_224',
          pretrained='random'), 'norm.* not supported.*normalise=False'),
    (dict(model='tiny_plain', pretrained='random'), 'offers no maps'),
])
def test_what_timm_does_not_have(options, message):
    with pytest.raises(BadInput, match=message):
        TimmTeacher(**options)


def test_a_file_that_is_not_there():
    with pytest.raises(MissingInput, match='nowhere.pth'):
        TimmTeacher('tiny_vit', 'nowhere.pth')


@pytest.mark.parametrize('model, width, stride', [
    ('vit_small_patch14_dinov2.lvd142m', 384, 14),
    ('vit_small_patch14_reg4_dinov2.lvd142m', 384, 14),
    ('vit_small_patch16_dinov3.lvd1689m', 384, 16),
    ('vit_base_patch16_224.mae', 768, 16),
    ('convnext_tiny.fb_in22k', 768, 32),
    ('samvit_base_patch16.sa1b', 256, 16),
    ('tf_efficientnet_b3.ns_jft_in1k', 384, 32)])  # yapf: disable
def test_published_models_are_known_without_their_weights(
        model, width, stride):
    teacher = TimmTeacher(model)
    assert (teacher.embed_dim, teacher.stride) == (width, stride)
    assert len(teacher.mean_std[0]) == 3


def test_a_model_of_one_size_says_so():
    teacher = TimmTeacher('beit_base_patch16_224', 'random')
    assert teacher.image_size == (224, 224)
    with pytest.raises(BadInput, match='224, 448.*the only one'):
        teacher.require_size((224, 448))
    assert TimmTeacher('tiny_vit', 'random').image_size is None


def test_a_tag_and_a_file_may_be_the_same_teacher(tmp_path):
    from reldistill_mm.models.teachers.teacher_mark import (require_teacher,
                                                            teacher_mark)
    path = tmp_path / 'weights.pth'
    path.write_bytes(b'weights')
    cfg = dict(type='TimmTeacher', model='vit_small_patch14_dinov2.lvd142m')
    require_teacher(teacher_mark(cfg), dict(cfg, pretrained=str(path)), 'x')
    with pytest.raises(BadInput, match='another space'):
        require_teacher(teacher_mark(cfg), dict(cfg, layer=3), 'x')


def deeper(state):
    """The same weights with a block more, as a larger model's would be."""
    return state | {
        name.replace('blocks.1.', 'blocks.2.'): tensor
        for name, tensor in state.items() if name.startswith('blocks.1.')
    }


@pytest.mark.parametrize('spoil, message', [
    (deeper, 'unknown to the model: blocks.2'),
    (lambda state: {name: (9 * tensor).to(torch.int8)
                    for name, tensor in state.items()}, 'of another kind'),
    (lambda state: state | {'dist_token': torch.zeros(1, 1, 32)},
     "'dist_token', which the model does not have"),
    (lambda state: state | {'pos_embed': torch.zeros(1, 15, 32)},
     'invalid for input'),
])  # yapf: disable
def test_weights_of_another_model_are_refused(spoil, message, tmp_path):
    state = timm.create_model('tiny_dinov2', num_classes=10).state_dict()
    path = tmp_path / 'weights.pth'
    torch.save(spoil(dict(state)), path)
    with pytest.raises(BadInput, match=f'does not hold the.*{message}'):
        TimmTeacher('tiny_dinov2', str(path)).load()


def test_wrapped_weights_and_safetensors_are_read(tmp_path):
    from safetensors.torch import save_file
    state = timm.create_model('tiny_vit', num_classes=10).state_dict()
    more = dict(state, mask_token=torch.zeros(1))
    torch.save(
        {
            'state_dict': {
                f'module.{name}': tensor
                for name, tensor in more.items()
            }
        }, tmp_path / 'a.pth')
    save_file(state, tmp_path / 'a.safetensors')
    for name in ('a.pth', 'a.safetensors'):
        network = TimmTeacher('tiny_vit', str(tmp_path / name)).network
        assert all(
            torch.equal(tensor, state[key])
            for key, tensor in network.state_dict().items())
    content = (tmp_path / 'a.safetensors').read_bytes()
    (tmp_path / 'a.safetensors').write_bytes(content[:-9])
    with pytest.raises(BadInput, match='not a complete checkpoint'):
        TimmTeacher('tiny_vit', str(tmp_path / 'a.safetensors')).load()


@pytest.mark.parametrize('name', ['levit_128s', 'inception_v3'])
def test_maps_that_do_not_tile_the_image_are_refused(name):
    with pytest.raises(BadInput, match='do not tile'):
        TimmTeacher(name, 'random')


def test_a_name_counts_with_the_tag_that_timm_takes():
    base = dict(type='TimmTeacher', model='vit_small_patch14_dinov2')
    full = dict(base, model='vit_small_patch14_dinov2.lvd142m')
    assert TimmTeacher.identity(base) == TimmTeacher.identity(full)
    assert TimmTeacher.space(base) == TimmTeacher.space(full)
