"""The frozen teacher: what it loads, what it refuses, that it stays frozen.
"""
import json
import logging

import open_clip
import pytest
import torch
from safetensors.torch import save_file
from tiny_clip import write_config

from reldistill_mm.functional.prompts import TEMPLATES
from reldistill_mm.models import OpenCLIPTeacher


@pytest.fixture
def saved(tmp_path, tiny_clip):
    """A local safetensors file and the state dict in it."""
    torch.manual_seed(1)
    state = OpenCLIPTeacher(tiny_clip, 'random').clip.state_dict()
    path = tmp_path / 'weights.safetensors'
    save_file(state, path)
    return path, state


def test_local_file(saved, tiny_clip):
    path, state = saved
    torch.manual_seed(2)
    loaded = OpenCLIPTeacher(tiny_clip, str(path)).clip.state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in state)


def test_checkpoint_with_weights_only(saved, tiny_clip, tmp_path):
    _, state = saved
    path = tmp_path / 'weights.pt'
    torch.save(dict(state_dict=state), path)
    loaded = OpenCLIPTeacher(tiny_clip, str(path)).clip.state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in state)


class Surprise:
    """Pickles that run code on loading must not."""

    def __reduce__(self):
        return (logging.getLogger, ('should not be called', ))


def test_checkpoint_with_code_is_refused(tiny_clip, tmp_path):
    path = tmp_path / 'evil.pt'
    torch.save(dict(state_dict=dict(a=Surprise())), path)
    teacher = OpenCLIPTeacher(tiny_clip, str(path))
    with pytest.raises(ValueError, match='(?i)evil.pt.*weights only'):
        teacher.load()


def test_local_dir(saved, tiny_clip, tmp_path):
    path, state = saved
    folder = tmp_path / 'model'
    folder.mkdir()
    config = dict(
        model_cfg=json.loads(open(tiny_clip).read()),
        preprocess_cfg=dict(mean=[.1, .2, .3], std=[.4, .5, .6]))
    (folder / 'open_clip_config.json').write_text(json.dumps(config))
    with pytest.raises(FileNotFoundError, match='no weights'):
        OpenCLIPTeacher(f'local-dir:{folder}')
    path.rename(folder / 'open_clip_model.safetensors')
    teacher = OpenCLIPTeacher(f'local-dir:{folder}')
    assert teacher.mean_std == ((.1, .2, .3), (.4, .5, .6))
    assert torch.equal(teacher.clip.visual.proj, state['visual.proj'])
    assert teacher.encode_words(['car'], ['a {}']).shape == (1, 16)


@pytest.mark.parametrize('pretrained', [None, ''])
def test_missing_weights_are_an_error(pretrained):
    with pytest.raises(ValueError, match="No weights.*'random'"):
        OpenCLIPTeacher('ViT-B-32', pretrained)


def test_unknown_model_tag_and_file(tmp_path, tiny_clip, saved):
    with pytest.raises(ValueError, match="'ViT-B-61'; did you mean.*ViT-B-16"):
        OpenCLIPTeacher('ViT-B-61', 'openai')
    with pytest.raises(ValueError, match='neither a file nor a tag'):
        OpenCLIPTeacher('ViT-B-32', 'openia')
    with pytest.raises(FileNotFoundError, match='no/such.safetensors'):
        OpenCLIPTeacher('ViT-B-32', 'no/such.safetensors')
    with pytest.raises(FileNotFoundError, match='no_such.json'):
        OpenCLIPTeacher('no_such.json', 'random')
    with pytest.raises(FileNotFoundError, match='open_clip_config.json'):
        OpenCLIPTeacher(f'local-dir:{tmp_path}')
    teacher = OpenCLIPTeacher('ViT-B-32', str(saved[0]))
    with pytest.raises(ValueError, match="cannot be loaded into 'ViT-B-32'"):
        teacher.load()


@pytest.mark.parametrize('tag, quick_gelu, remedy', [
    ('openai', None, "model='ViT-B-16-quickgelu'"),
    ('laion2b_s34b_b88k', True, 'leave quick_gelu unset'),
])
def test_activation_mismatch_is_an_error(tag, quick_gelu, remedy):
    with pytest.raises(ValueError, match=remedy):
        OpenCLIPTeacher('ViT-B-16', tag, quick_gelu)


def test_a_failed_download_names_the_remedy(monkeypatch):

    def fail(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr(open_clip.factory, 'download_pretrained', fail)
    teacher = OpenCLIPTeacher('ViT-B-16-quickgelu', 'openai')
    with pytest.raises(ValueError, match='no network.*a file of this'):
        teacher.load()


def test_a_config_must_not_shadow_a_published_model(tmp_path):
    path = tmp_path / 'ViT-B-32.json'
    path.write_text(open(write_config(tmp_path)).read())
    before = open_clip.get_model_config('ViT-B-32')
    with pytest.raises(ValueError, match='another name'):
        OpenCLIPTeacher(str(path), 'random')
    assert open_clip.get_model_config('ViT-B-32') == before


def test_hidden_frozen_and_in_eval(tiny_clip):
    teacher = OpenCLIPTeacher(tiny_clip, 'random')
    teacher.train()
    assert not teacher.clip.training
    assert not list(teacher.parameters()) and not teacher.state_dict()
    assert not any(p.requires_grad for p in teacher.clip.parameters())
    teacher.double()
    assert teacher.clip.visual.proj.dtype == torch.float64


def test_weights_are_read_when_needed(saved, tiny_clip):
    path, state = saved
    teacher = OpenCLIPTeacher(tiny_clip, str(path)).double()
    path.rename(path.with_name('away.safetensors'))
    assert teacher.embed_dim == 16 and len(teacher.mean_std) == 2
    with pytest.raises(FileNotFoundError, match='weights.safetensors'):
        teacher.load()
    path.with_name('away.safetensors').rename(path)
    before = torch.get_rng_state()
    teacher.load()
    assert torch.equal(torch.get_rng_state(), before)
    # It takes the place that the module has been moved to.
    assert teacher.clip.visual.proj.dtype == torch.float64
    assert torch.equal(teacher.clip.visual.proj, state['visual.proj'].double())


@pytest.mark.parametrize('model, tag', [('ViT-B-16-quickgelu', 'openai'),
                                        ('ViT-B-16-SigLIP', 'webli')])
def test_what_is_known_before_is_what_open_clip_builds(model, tag):
    """SigLIP has a mean and std of its own, in the tag's config."""
    from reldistill_mm.models.teachers.clip_source import find_clip
    source = find_clip(model, tag)
    wanted = open_clip.get_pretrained_cfg(model, tag)
    for key in ('mean', 'std'):
        assert tuple(source.preprocess[key]) == tuple(wanted[key])
    assert source.config == open_clip.get_model_config(model)


def test_known_before_and_built_after_agree(tiny_clip):
    teacher = OpenCLIPTeacher(tiny_clip, 'random')
    assert teacher.embed_dim == teacher.clip.visual.output_dim
    built = open_clip.get_model_preprocess_cfg(teacher.clip)
    assert teacher.mean_std == (tuple(built['mean']), tuple(built['std']))


def test_features_at(tiny_clip):
    teacher = OpenCLIPTeacher(tiny_clip, 'random')
    images = torch.randn(3, 3, 32, 64)
    image = torch.tensor([0, 2, 2])
    uv = torch.tensor([[0., 0.], [63., 31.], [7.5, 7.5]])
    found = teacher.features_at(images, image, uv)
    assert found.shape == (3, teacher.embed_dim) and not found.requires_grad
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3))
    maps = teacher.dense_features(images)
    # (7.5, 7.5) is the centre of the first 16-pixel patch.
    for row, patch in ((0, maps[0, :, 0, 0]), (1, maps[2, :, 1,
                                                       3]), (2, maps[2, :, 0,
                                                                     0])):
        expected = torch.nn.functional.normalize(patch, dim=0)
        torch.testing.assert_close(found[row], expected)
    empty = teacher.features_at(images, image[:0], uv[:0])
    assert empty.shape == (0, teacher.embed_dim)


def test_images_per_step_changes_nothing(tiny_clip):
    teacher = OpenCLIPTeacher(tiny_clip, 'random', images_per_step=2)
    images = torch.randn(5, 3, 32, 64)
    chunked = teacher.dense_features(images)
    teacher.images_per_step = None
    torch.testing.assert_close(chunked, teacher.dense_features(images))


def test_words_are_averaged_over_templates(tiny_clip):
    teacher = OpenCLIPTeacher(tiny_clip, 'random')
    found = teacher.encode_words(['car', 'traffic cone'], list(TEMPLATES))
    tokenizer = open_clip.get_tokenizer('tiny-test-vit')
    with torch.no_grad():
        for row, word in enumerate(['car', 'traffic cone']):
            texts = [template.format(word) for template in TEMPLATES]
            embeddings = teacher.clip.encode_text(tokenizer(texts))
            embeddings = torch.nn.functional.normalize(embeddings, dim=1)
            expected = torch.nn.functional.normalize(embeddings.mean(0), dim=0)
            torch.testing.assert_close(found[row], expected)
