"""The shipped tiny CLIP, and what trains it."""
import json

import numpy as np
import open_clip
import pytest
import torch

from miniworld import SURFACE_NAMES, TO_NUSCENES, nuscenes_to_16
from miniworld.builder import scene_names
from miniworld.classes import SURFACE_INDEX
from miniworld.tiny_clip import FOLDER, IMAGE_SIZE, STRIDE, captions
from miniworld.tiny_clip.crops import SCALES, CropSampler, augment
from miniworld.tiny_clip.evaluate import judge, load_frames, normalised
from miniworld.tiny_clip.export import CONFIG, FIGURES, LARGEST, WEIGHTS, WORDS
from miniworld.tiny_clip.objective import contrast
from miniworld.tiny_clip.pictures import render_pictures
from miniworld.tiny_clip.train import (MODEL_CFG, Recipe, Trainer,
                                       image_embeddings)
from reldistill_mm import tiny_clip_model
from reldistill_mm.functional import class_scores, dense_features
from reldistill_mm.functional.common_words import parse_word_list
from reldistill_mm.functional.prompts import NUSCENES, TEMPLATES
from reldistill_mm.models import OpenCLIPTeacher

SMALL_CFG = dict(
    embed_dim=16,
    vision_cfg=dict(
        image_size=64,
        layers=[1, 1, 1, 1],
        width=8,
        head_width=32,
        patch_size=None),
    text_cfg=dict(
        context_length=24, vocab_size=49408, width=16, heads=2, layers=1))


@pytest.fixture(scope='module')
def pictures():
    return render_pictures(1000, 1, 1, (256, 144), workers=1, quiet=True)


@pytest.fixture(scope='module')
def teacher():
    return OpenCLIPTeacher(tiny_clip_model(), stride=STRIDE)


@pytest.fixture(scope='module')
def figures():
    return json.loads((FOLDER / FIGURES).read_text())


def test_folder_is_small_and_complete():
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {CONFIG, WEIGHTS, FIGURES, WORDS}
    learned = parse_word_list((FOLDER / WORDS).read_text(), WORDS)
    assert learned == captions.ALL_WORDS
    assert sum(p.stat().st_size for p in FOLDER.iterdir()) <= LARGEST


def test_shipped_config_is_the_one_that_is_trained():
    config = json.loads((FOLDER / CONFIG).read_text())
    assert config['model_cfg'] == MODEL_CFG
    assert 'size' in config['preprocess_cfg']


def test_figures(figures):
    for key in ('commands', 'seed', 'generator', 'judged_on', 'seconds',
                'parameters', 'objective', 'recipe', 'train', 'val'):
        assert key in figures
    assert figures['generator']['seed'] != figures['judged_on']['seed']
    for part in ('train', 'val'):
        assert set(figures[part]['iou']) == set(NUSCENES)
        assert figures[part]['classes'] == 16
        assert tuple(figures[part]['size']) == IMAGE_SIZE
        assert figures[part]['stride'] == STRIDE


def test_reaches_the_required_miou(figures):
    assert figures['val']['miou'] >= .70
    assert figures['train']['miou'] >= .70


def test_teacher_has_clips_normalisation(teacher):
    mean, std = teacher.mean_std
    assert mean == pytest.approx(open_clip.OPENAI_DATASET_MEAN)
    assert std == pytest.approx(open_clip.OPENAI_DATASET_STD)
    assert teacher.embed_dim == MODEL_CFG['embed_dim']


def test_pooled_equals_encode_image(teacher):
    images = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        expected = teacher.clip.encode_image(images)
    torch.testing.assert_close(
        teacher.encode_images(images), expected, rtol=1e-4, atol=1e-4)


def test_whole_crops_are_named(teacher, pictures):
    # These pictures are smaller than those that it was trained on.
    scales = tuple(448 / 256 * scale for scale in SCALES)
    sampler = CropSampler(pictures, scales=scales)
    crops = sampler.draw(np.random.default_rng(0), 64)
    images = normalised(crops.image, (224, 224), teacher.mean_std)
    words = [word for names in NUSCENES.values() for word in names]
    scores = class_scores(
        torch.nn.functional.normalize(teacher.encode_images(images), dim=1),
        teacher.encode_words(words, list(TEMPLATES)),
        [len(names) for names in NUSCENES.values()])
    label = nuscenes_to_16()[TO_NUSCENES][crops.surface]
    hit = scores.argmax(1).numpy() == label
    assert hit[label >= 0].mean() > .6


def test_judge_on_another_small_world(teacher, small_world):
    val = scene_names(1, 1)[1]['val']
    frames = load_frames(small_world, val)
    assert len(frames) == 2
    assert judge(teacher, frames[:1], (320, 576))['acc'] > .6


def test_captions_cover_the_vocabulary():
    for words in NUSCENES.values():
        assert set(words) <= set(captions.ALL_WORDS)
    assert set(TEMPLATES) <= set(captions.ALL_TEMPLATES)


def test_words_belong_to_their_class():
    """No word of a class fits a surface of another one."""
    table = captions.word_table()
    label = nuscenes_to_16()[TO_NUSCENES]
    for number, words in enumerate(NUSCENES.values()):
        for word in words:
            found = label[table[:, captions.ALL_WORDS.index(word)]]
            assert set(found) == {number}, word


def test_caption_is_true():
    rng = np.random.default_rng(0)
    car = SURFACE_INDEX['car']
    said = [
        captions.caption_of(rng, car, 50, np.array([170, 45, 40]))
        for _ in range(40)
    ]
    assert captions.fits(np.array([car]), said).all()
    assert not captions.fits(np.array([SURFACE_INDEX['bus']]), said).any()
    assert any('red' in caption.text for caption in said)
    assert not any('blue' in caption.text for caption in said)
    assert any('distan' in caption.text for caption in said)


def test_crops_agree_with_class_maps(pictures):
    sampler = CropSampler(pictures, 64, 8)
    crops = sampler.draw(np.random.default_rng(3), 12)
    assert np.isin(crops.pixel, np.unique(pictures.surface)).all()
    # The same crops of a picture that shows its own surface classes.
    shown = pictures._replace(
        image=np.repeat(pictures.surface[..., None] * 8, 3, -1))
    crops = CropSampler(shown, 64, 8).draw(np.random.default_rng(3), 12)
    seen = crops.image[..., 0] / 8
    agree = []
    for b, (uv, pixel) in enumerate(zip(crops.uv, crops.pixel)):
        u, v = uv.round().astype(int).clip(0, 63).T
        agree.append(np.abs(seen[b, v, u] - pixel) < .6)
    # Bicubic resizing blurs the edges.
    assert np.mean(agree) > .8
    assert TO_NUSCENES[crops.surface].max() < 32


def test_crops_are_deterministic(pictures):
    one, two, other = (
        CropSampler(pictures, 64, 8).draw(np.random.default_rng(seed), 4)
        for seed in (1, 1, 2))
    for a, b in zip(one, two):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.image, other.image)


def test_pictures_are_deterministic(pictures):
    again = render_pictures(1000, 1, 1, (256, 144), workers=1, quiet=True)
    np.testing.assert_array_equal(pictures.image, again.image)
    assert pictures.image.shape == (6, 144, 256, 3)
    assert set(np.unique(pictures.surface)) <= set(range(len(SURFACE_NAMES)))


def test_flip_moves_the_pixels(pictures):
    crops = CropSampler(pictures, 64, 8).draw(np.random.default_rng(0), 6)
    zero, one = torch.zeros(3), torch.ones(3)
    _, uv = augment(crops, torch.Generator().manual_seed(0), zero, one)
    flipped = (uv[..., 0] != torch.from_numpy(crops.uv[..., 0])).any(1)
    assert flipped.any() and not flipped.all()
    before = torch.from_numpy(crops.uv)[flipped]
    torch.testing.assert_close(uv[flipped][..., 0], 63 - before[..., 0])


def test_contrast_is_clips_loss_for_single_positives():
    images, texts = torch.randn(5, 8), torch.randn(5, 8)
    scale = torch.tensor(10.)
    logits = scale * torch.nn.functional.normalize(
        images, dim=1) @ torch.nn.functional.normalize(
            texts, dim=1).T
    target = torch.arange(5)
    expected = (torch.nn.functional.cross_entropy(logits, target) +
                torch.nn.functional.cross_entropy(logits.T, target)) / 2
    torch.testing.assert_close(
        contrast(images, texts, torch.eye(5, dtype=torch.bool), scale),
        expected)


@pytest.mark.parametrize('stride', [32, 16])
def test_shared_pass_equals_the_two_paths(teacher, stride):
    images = torch.randn(1, 3, 224, 224)
    visual, step = teacher.clip.visual, 32 // stride
    with torch.no_grad():
        pooled, dense = image_embeddings(visual, images, stride)
        own = dense_features(visual, images)
    torch.testing.assert_close(
        dense[..., ::step, ::step], own, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(
        pooled, teacher.encode_images(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('dense_weight', [0., 2.])
def test_training_lowers_the_loss(pictures, dense_weight):
    recipe = Recipe(
        steps=12,
        batch=8,
        points=16,
        dense_weight=dense_weight,
        captions_per_word=1,
        bfloat16=False)
    trainer = Trainer(pictures, recipe, SMALL_CFG)
    losses = [sum(trainer.step()) for _ in range(recipe.steps)]
    assert np.isfinite(losses).all()
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
