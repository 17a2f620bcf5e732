"""The frozen teacher: what it loads, what it refuses, that it stays frozen.
"""
import json
import logging
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import save_file
from tiny_clip import write_config

from reldistill_mm.errors import BadInput
from reldistill_mm.functional.prompts import TEMPLATES
from reldistill_mm.io.files import file_sum
from reldistill_mm.models import OpenCLIPTeacher
from reldistill_mm.models.teachers import open_clip_teacher


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
    # A recipe's tag is inherited and counts for nothing, here and in words
    # that are kept.
    inherited = OpenCLIPTeacher(f'local-dir:{folder}', 'openai')
    assert inherited._source == teacher._source
    with pytest.raises(BadInput, match='has weights of its own'):
        OpenCLIPTeacher(f'local-dir:{folder}',
                        str(folder / 'open_clip_model.safetensors'))


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
    teacher = OpenCLIPTeacher('ViT-B-32', str(saved[0]), quick_gelu=False)
    with pytest.raises(ValueError, match="cannot be loaded into 'ViT-B-32'"):
        teacher.load()


@pytest.mark.parametrize('tag, quick_gelu, remedy', [
    ('openai', None, "model='ViT-B-16-quickgelu'"),
    ('laion2b_s34b_b88k', True, 'leave quick_gelu unset'),
])
def test_activation_mismatch_is_an_error(tag, quick_gelu, remedy):
    with pytest.raises(ValueError, match=remedy):
        OpenCLIPTeacher('ViT-B-16', tag, quick_gelu)


def silent_config(tiny_clip, folder, **more):
    """A config that, like most, does not say the activation."""
    config = json.loads(open(tiny_clip).read())
    del config['quick_gelu']
    path = folder / 'tiny-silent.json'
    path.write_text(json.dumps(dict(config, **more)))
    return str(path)


@pytest.mark.parametrize('quick_gelu', [True, False])
def test_a_file_needs_its_activation(saved, tiny_clip, tmp_path, quick_gelu,
                                     monkeypatch):
    """The tag 'openai' is refused in ViT-B-16; a file of it looks alike."""
    path, model = str(saved[0]), silent_config(tiny_clip, tmp_path)
    with pytest.raises(
            BadInput, match='weights.safetensors.*quick_gelu=True.*or False'):
        OpenCLIPTeacher(model, path)
    with pytest.raises(BadInput, match="'ViT-B-16': set.*quick_gelu=True"):
        OpenCLIPTeacher('ViT-B-16', path)
    said = []
    monkeypatch.setattr(open_clip_teacher, 'print_log',
                        lambda text, **_: said.append(text))
    teacher = OpenCLIPTeacher(model, path, quick_gelu=quick_gelu)
    block = teacher.clip.visual.transformer.resblocks[0]
    name = 'QuickGELU' if quick_gelu else 'GELU'
    assert type(block.mlp.gelu).__name__ == name
    assert f'weights.safetensors, activation {name}.' in said[0]


def test_published_files_are_known_by_their_checksum(saved, tiny_clip,
                                                     tmp_path, monkeypatch):
    path, _ = saved
    digest = file_sum(path)
    published = dict(url=f'https://x/{digest}/ViT-B-16.pt', quick_gelu=True)
    monkeypatch.setattr(open_clip, 'list_pretrained',
                        lambda: [('ViT-B-16', 'openai')])
    monkeypatch.setattr(open_clip, 'get_pretrained_cfg', lambda *_: published)
    model = silent_config(tiny_clip, tmp_path)
    teacher = OpenCLIPTeacher(model, str(path), quick_gelu=False)
    with pytest.raises(
            BadInput, match="'ViT-B-16', 'openai'.*quick_gelu=True"):
        teacher.load()
    OpenCLIPTeacher(model, str(path), quick_gelu=True).load()
    published['url'] = f'https://x/b-laion-{digest[:8]}.pt'
    with pytest.raises(BadInput, match='QuickGELU'):
        teacher.load()


def test_torchscript_is_not_run(tiny_clip, tmp_path):
    path = tmp_path / 'ViT-B-16.pt'
    torch.jit.script(torch.nn.Linear(1, 1)).save(str(path))
    teacher = OpenCLIPTeacher(tiny_clip, str(path))
    with pytest.raises(BadInput, match='ViT-B-16.pt.*TorchScript.*torch.save'):
        teacher.load()


@pytest.mark.parametrize('content', [b'', b'not weights'])
def test_files_that_are_no_weights(tiny_clip, tmp_path, content):
    for name in ('a.pt', 'a.safetensors'):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match=f'{name}.*cannot be loaded'):
            OpenCLIPTeacher(tiny_clip, str(path)).load()


def test_a_tokenizer_that_is_not_here(saved, tiny_clip, tmp_path, monkeypatch):
    """CLIPA's is one of Hugging Face's."""

    def fail(*args, **kwargs):
        raise OSError('offline')

    monkeypatch.setattr(open_clip, 'get_tokenizer', fail)
    teacher = OpenCLIPTeacher(
        tiny_clip, str(saved[0]), text_dir=str(tmp_path / 'text'))
    with pytest.raises(BadInput, match='tokenizer.*offline.*local-dir'):
        teacher.encode_words(['car'], ['a {}'])


def test_a_failed_download_names_the_remedy(monkeypatch):

    def fail(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr(open_clip.factory, 'download_pretrained', fail)
    teacher = OpenCLIPTeacher('ViT-B-16-quickgelu', 'openai')
    with pytest.raises(BadInput, match='no network.*a file of this'):
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


def test_a_hubs_snapshot_is_read_like_a_folder(tmp_path, tiny_clip,
                                               monkeypatch):
    """The config first; the weights when they are needed."""
    from reldistill_mm.models.teachers import clip_source
    clip_source._hub_folder.cache_clear()
    config = json.loads(Path(tiny_clip).read_text())
    (tmp_path / 'open_clip_config.json').write_text(
        json.dumps(
            dict(
                model_cfg=config,
                preprocess_cfg=dict(mean=[.5] * 3, std=[.5] * 3))))
    asked = []

    def download(name, filename, *_, **__):
        asked.append((name, filename))
        return str(tmp_path / filename)

    monkeypatch.setattr(clip_source, 'download_pretrained_from_hf', download)
    cfg = dict(type='OpenCLIPTeacher', model='hf-hub:somebody/tiny')
    teacher = OpenCLIPTeacher('hf-hub:somebody/tiny')
    assert (teacher.embed_dim, teacher.stride) == (16, 16)
    assert teacher.mean_std == ((.5, ) * 3, (.5, ) * 3)
    assert asked == [('somebody/tiny', 'open_clip_config.json')]
    assert tmp_path.name in OpenCLIPTeacher.identity(cfg)['clip']['weights']
    clip_source._hub_folder.cache_clear()

    def fail(*_, **__):
        raise OSError('no route to host\nTraceback')

    monkeypatch.setattr(clip_source, 'download_pretrained_from_hf', fail)
    with pytest.raises(BadInput, match='somebody/tiny.*no route.*local-dir'):
        OpenCLIPTeacher('hf-hub:somebody/tiny')
