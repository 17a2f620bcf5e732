"""Text embeddings: computed once for one model, weights and prompts."""
import json
import warnings

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from reldistill_mm.models import OpenCLIPTeacher
from reldistill_mm.models.teachers import open_clip_teacher
from reldistill_mm.models.teachers.text_cache import cached_text_weights

WORDS, TEMPLATES = ['car', 'tree trunk'], ['a {}', 'the {}.']


class Encoder:
    """Counts how often it is asked."""

    def __init__(self, count=2):
        self.calls = 0
        self.weights = torch.eye(count, 4)

    def __call__(self):
        self.calls += 1
        return self.weights


def ask(folder, encoder, **changes):
    options = dict(
        teacher=dict(model='m', weights='abc'),
        words=WORDS,
        templates=TEMPLATES)
    return cached_text_weights(
        folder, **{
            **options,
            **changes
        }, encode=encoder)


def test_asked_once(tmp_path):
    folder, encoder = tmp_path / 'made', Encoder()
    for _ in range(3):
        assert torch.equal(ask(folder, encoder), encoder.weights)
    assert encoder.calls == 1
    path, = folder.iterdir()
    assert path.stat().st_size < 2000
    with safe_open(path, 'pt') as file:
        metadata = file.metadata()
    assert json.loads(metadata['words']) == WORDS
    assert json.loads(metadata['templates']) == TEMPLATES
    assert json.loads(metadata['teacher'])['weights'] == 'abc'


@pytest.mark.parametrize('changes', [
    dict(teacher=dict(model='m', weights='abd')),
    dict(teacher=dict(model='n', weights='abc')),
    dict(words=['tree trunk', 'car']),
    dict(words=['car', 'tree', 'trunk']),
    dict(templates=['the {}.', 'a {}']),
    dict(templates=['a {}']),
])
def test_anything_else_is_another_file(tmp_path, changes):
    first, second = Encoder(), Encoder(len(changes.get('words', WORDS)))
    ask(tmp_path, first)
    ask(tmp_path, second, **changes)
    assert second.calls == 1 and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    'damage', ['cut', 'text', 'empty', 'foreign', 'shape', 'nan', 'folder'])
def test_files_that_are_not_what_they_should_be(tmp_path, damage):
    encoder = Encoder()
    ask(tmp_path, encoder)
    path, = tmp_path.iterdir()
    with safe_open(path, 'pt') as file:
        metadata = file.metadata()
    if damage == 'cut':
        path.write_bytes(path.read_bytes()[:-5])
    elif damage == 'text':
        path.write_text('not a tensor')
    elif damage == 'empty':
        path.write_bytes(b'')
    elif damage == 'foreign':
        save_file(dict(text_weights=torch.zeros(2, 4)), path)
    elif damage == 'shape':
        save_file(dict(text_weights=torch.zeros(3, 4)), path, metadata)
    elif damage == 'nan':
        save_file(dict(text_weights=torch.eye(2, 4) / 0), path, metadata)
    elif damage == 'folder':
        path.unlink()
        path.mkdir()
    with pytest.warns(UserWarning, match=f'{path.name}.*computed again'):
        assert torch.equal(ask(tmp_path, encoder), encoder.weights)
    assert encoder.calls == 2
    if damage == 'folder':
        return
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        ask(tmp_path, encoder)
    assert encoder.calls == 2


def test_a_folder_that_cannot_be_written(tmp_path):
    blocked = tmp_path / 'file'
    blocked.write_text('')
    with pytest.warns(UserWarning, match='RELDISTILL_CACHE'):
        ask(blocked / 'text', Encoder())


def test_no_tower_the_second_time(tiny_clip, tmp_path, monkeypatch):
    """Not even the weights are loaded."""
    path = tmp_path / 'weights.safetensors'
    save_file(OpenCLIPTeacher(tiny_clip, 'random').clip.state_dict(), path)
    options = dict(
        model=tiny_clip, pretrained=str(path), text_dir=str(tmp_path / 'text'))
    found = OpenCLIPTeacher(**options).encode_words(WORDS, TEMPLATES)

    def refuse(*args, **kwargs):
        raise AssertionError('the weights were loaded')

    monkeypatch.setattr(open_clip_teacher, 'build_clip', refuse)
    teacher = OpenCLIPTeacher(**options)
    assert torch.equal(teacher.encode_words(WORDS, TEMPLATES), found)
    with pytest.raises(AssertionError):
        teacher.encode_words(WORDS[:1], TEMPLATES)


def test_random_weights_are_not_kept(tiny_clip, tmp_path):
    teacher = OpenCLIPTeacher(tiny_clip, 'random', text_dir=str(tmp_path))
    teacher.encode_words(WORDS, TEMPLATES)
    assert not list(tmp_path.iterdir())


def test_another_tokenizer_or_context_is_another_file(tiny_clip, tmp_path):
    """They lie in the model's folder, beside its config."""
    config = json.loads(open(tiny_clip).read())
    folder, kept = tmp_path / 'model', tmp_path / 'text'
    folder.mkdir()
    save_file(
        OpenCLIPTeacher(tiny_clip, 'random').clip.state_dict(),
        folder / 'open_clip_model.safetensors')

    def count():
        (folder / 'open_clip_config.json').write_text(
            json.dumps(dict(model_cfg=config)))
        OpenCLIPTeacher(
            f'local-dir:{folder}',
            text_dir=str(kept)).encode_words(WORDS, TEMPLATES)
        return len(list(kept.iterdir()))

    assert [count(), count()] == [1, 1]
    (folder / 'tokenizer.json').write_text('{}')
    assert [count(), count()] == [2, 2]
    (folder / 'tokenizer.json').write_text('{"other": 1}')
    assert count() == 3
    config['text_cfg']['tokenizer_kwargs'] = dict(clean='lower')
    assert count() == 4
