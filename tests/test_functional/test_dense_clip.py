"""The MaskCLIP path against open_clip and against a formula of its own."""
import pytest
import torch
from tiny_clip import write_config
from torch.nn import functional as F

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import dense_features, pooled_features
from reldistill_mm.functional.towers.positions import resize_position_embedding


def make(tmp_path, name):
    from reldistill_mm.models.teachers.build_clip import build_clip
    clip = build_clip(write_config(tmp_path, name), 'random')
    for module in clip.modules():
        # Running statistics and zero-initialised scales hide mistakes.
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_()
    return clip


@pytest.mark.parametrize('name', ['tiny-test-vit', 'tiny-test-resnet'])
def test_pooled_equals_encode_image(tmp_path, name):
    clip = make(tmp_path, name)
    images = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        expected = clip.encode_image(images)
        found = pooled_features(clip.visual, images)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('model', ['ViT-B-32', 'RN50'])
def test_pooled_equals_encode_image_of_published_towers(model):
    from reldistill_mm.models.teachers.build_clip import build_clip
    clip = build_clip(model, 'random')
    images = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        expected = clip.encode_image(images)
        found = pooled_features(clip.visual, images)
    scale = expected.abs().max()
    torch.testing.assert_close(
        found / scale, expected / scale, rtol=0, atol=1e-5)


def vit_reference(visual, images):
    """Last block: token by token, weights read by hand."""
    captured = {}
    last = visual.transformer.resblocks[-1]
    handle = last.register_forward_pre_hook(
        lambda module, inputs: captured.update(x=inputs[0]))
    visual(images)
    handle.remove()
    x = captured['x'].double()
    last, visual = last.double(), visual.double()
    width = x.shape[-1]
    w_v = last.attn.in_proj_weight[-width:]
    b_v = last.attn.in_proj_bias[-width:]
    out = []
    for token in x.flatten(0, 1):
        value = w_v @ last.ln_1(token) + b_v
        token = token + last.attn.out_proj.weight @ value \
            + last.attn.out_proj.bias
        hidden = last.mlp.gelu(last.mlp.c_fc(last.ln_2(token)))
        token = token + last.mlp.c_proj(hidden)
        out.append(visual.ln_post(token) @ visual.proj)
    out = torch.stack(out).view(*x.shape[:2], -1)[:, 1:]
    return out.transpose(1, 2).reshape(len(x), -1, 4, 4)


def test_vit_dense_equals_the_formula(tmp_path):
    clip = make(tmp_path, 'tiny-test-vit')
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = dense_features(clip.visual, images)
        expected = vit_reference(clip.visual, images)
    assert found.shape == (2, 16, 4, 4)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-5)


def test_resnet_dense_equals_the_formula(tmp_path):
    clip = make(tmp_path, 'tiny-test-resnet')
    visual, images = clip.visual, torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = dense_features(visual, images)
        maps = visual.layer4(
            visual.layer3(visual.layer2(visual.layer1(visual.stem(images)))))
        pool = visual.attnpool
        expected = pool.c_proj(pool.v_proj(maps.permute(0, 2, 3, 1)))
    torch.testing.assert_close(found, expected.permute(0, 3, 1, 2))


@pytest.mark.parametrize('name', ['tiny-test-vit', 'tiny-test-resnet'])
def test_rectangular_images(tmp_path, name):
    clip = make(tmp_path, name)
    with torch.no_grad():
        maps = dense_features(clip.visual, torch.randn(1, 3, 64, 128))
        pooled = pooled_features(clip.visual, torch.randn(1, 3, 64, 128))
    assert maps.shape[-1] == 2 * maps.shape[-2]
    assert pooled.shape == (1, 16)


def test_position_embedding_keeps_its_class_row_and_fits():
    embedding = torch.randn(17, 6)
    assert resize_position_embedding(embedding, (4, 4)) is embedding
    resized = resize_position_embedding(embedding, (3, 8))
    assert resized.shape == (25, 6)
    assert torch.equal(resized[0], embedding[0])
    square = embedding[1:].T.reshape(1, 6, 4, 4)
    expected = F.interpolate(
        square, size=(3, 8), mode='bicubic', antialias=True)
    torch.testing.assert_close(resized[1:], expected[0].flatten(1).T)


def test_size_and_tower_errors(tmp_path):
    clip = make(tmp_path, 'tiny-test-vit')
    with pytest.raises(ValueError, match='60x64.*16x16'):
        dense_features(clip.visual, torch.randn(1, 3, 60, 64))
    with pytest.raises(BadInput, match='Linear'):
        dense_features(torch.nn.Linear(1, 1), torch.randn(1, 3, 64, 64))


def variant(tmp_path, stem, **vision):
    """A small ViT of another kind, with layer norms that show."""
    from reldistill_mm.models.teachers.build_clip import build_clip
    torch.manual_seed(0)
    clip = build_clip(
        write_config(tmp_path, 'tiny-test-vit', stem, **vision), 'random')
    torch.nn.init.normal_(clip.visual.ln_post.weight)
    torch.nn.init.normal_(clip.visual.ln_post.bias)
    return clip


@pytest.mark.parametrize('last', [False, True], ids=['ln-pool', 'pool-ln'])
def test_averaged_features_sum_up_to_the_embedding(tmp_path, last):
    """CLIPA (pool-ln) and its kin: no class token is pooled."""
    clip = variant(
        tmp_path,
        f'tiny-avg-{last}',
        pool_type='avg',
        final_ln_after_pool=last,
        no_ln_pre=True)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        embedding = clip.encode_image(images)
        torch.testing.assert_close(
            dense_features(clip.visual, images).mean((2, 3)), embedding)
        torch.testing.assert_close(
            pooled_features(clip.visual, images), embedding)


def test_the_class_tokens_layer_norm_may_come_after_pooling(tmp_path):
    clip = variant(tmp_path, 'tiny-tok-last', final_ln_after_pool=True)
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = dense_features(clip.visual, images)
        torch.testing.assert_close(
            pooled_features(clip.visual, images), clip.encode_image(images))
        expected = vit_reference(clip.visual, images)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-5)


def test_a_tower_for_rectangular_images(tmp_path):
    clip = variant(tmp_path, 'tiny-wide', image_size=[32, 64])
    images = torch.randn(2, 3, 32, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            pooled_features(clip.visual, images), clip.encode_image(images))
        assert dense_features(clip.visual, torch.randn(1, 3, 48,
                                                       48)).shape[2:] == (3, 3)


@pytest.mark.parametrize('vision, reason', [
    (dict(attentional_pool='parallel'), 'attentional_pool'),
    (dict(attentional_pool='cascade'), 'attentional_pool'),
    (dict(pool_type='none'), "pool_type 'none'"),
    (dict(block_type='custom', qk_norm=True), 'attention is of its own kind'),
    (dict(patch_size=[16, 8]), '16x8 pixels are not square'),
    (dict(timm_model_name='swin_tiny_patch4_window7_224'), 'SwinTransformer'),
])  # yapf: disable
def test_other_poolings_are_refused_by_name(tmp_path, vision, reason):
    from reldistill_mm.models import OpenCLIPTeacher
    name = '-'.join(map(str, vision.values())).replace('[',
                                                       '').replace(', ', '')
    config = write_config(
        tmp_path,
        'tiny-test-vit',
        f'tiny-refused-{name}',
        **vision,
        attn_pooler_heads=4)
    with pytest.raises(BadInput, match=f'tiny-refused.*{reason}'):
        OpenCLIPTeacher(config, 'random')


def test_a_tower_without_class_token_is_refused(tmp_path):
    clip = variant(tmp_path, 'tiny-no-class')
    del clip.visual.class_embedding
    with pytest.raises(BadInput, match='no class token'):
        dense_features(clip.visual, torch.randn(1, 3, 64, 64))


@pytest.mark.parametrize('model, stride', [
    ('ViT-L-14-CLIPA', 14), ('ViT-B-16-SigLIP', 16), ('coca_ViT-B-32', 32),
    ('ViT-SO400M-14-SigLIP2', 14), ('convnext_base_w', 32),
    ('convnext_large_d_320', 32), ('EVA02-B-16', 16), ('EVA01-g-14', 14),
    ('MobileCLIP-B', 16), ('MobileCLIP-S1', 32), ('ViTamin-S', 16),
    ('PE-Core-T-16-384', 16)])  # yapf: disable
def test_published_towers_that_teach(model, stride):
    from reldistill_mm.models.teachers.build_clip import dense_stride
    from reldistill_mm.models.teachers.clip_source import find_clip
    assert dense_stride(find_clip(model, 'random')) == stride


@pytest.mark.parametrize('model', [
    'swin_base_patch4_window7_224', 'vit_relpos_medium_patch16_cls_224'
])  # yapf: disable
def test_published_towers_that_cannot_teach(model):
    from reldistill_mm.models import OpenCLIPTeacher
    with pytest.raises(BadInput, match=f"'{model}'"):
        OpenCLIPTeacher(model, 'random')
