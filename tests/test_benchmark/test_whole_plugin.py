"""The suites that run the plugin's own config, on a small keyframe."""
import pytest
import torch
from mmengine.dataset import pseudo_collate

from reldistill_benchmark import batch_memory, infer, sparse, step, superpixels
from reldistill_benchmark.measure import OTHER, OURS
from reldistill_benchmark.recipe import CACHED, CONFIG, Recipe, load
from reldistill_benchmark.report import describe
from reldistill_mm import config_path
from reldistill_mm.datasets import transforms


@pytest.fixture
def recipe(small_options):
    return Recipe(config_path(CONFIG), small_options)


def test_step(recipe):
    readings, memory = step.time_steps(recipe, 2, 'cpu', 2,
                                       torch.get_num_threads())
    assert len(readings) == 2 and memory > 0
    for reading in readings:
        assert all(reading[part] > 0 for part in (step.DATA, *step.PARTS))
    rows = step.make_rows('a case', readings, memory)
    share = {row['part']: row.get('share') for row in rows}
    assert sum(share[part] for part in step.PARTS) == pytest.approx(1, abs=.2)
    # Backward and optimiser lie between the whole and the student alone.
    assert share[step.STUDENT] < share[step.LEARNING] < 1
    assert share[step.DATA] is None and rows[-1]['part'] == step.MEMORY


def test_step_with_cached_features(recipe):
    """Neither images nor an image tower; the losses see their pairs."""
    cached = Recipe(config_path(CACHED), recipe.options)
    readings, _ = step.time_steps(cached, 1, 'cpu', 1, torch.get_num_threads())
    assert readings[0][step.TEACHER] == 0
    assert readings[0][step.LOSS] > 0 and readings[0][step.BACKWARD] > 0


def test_shares_are_of_the_step_without_the_data():
    reading = dict.fromkeys((step.DATA, *step.PARTS), 1.)
    rows = step.make_rows('a case', [reading] * 3, 5.)
    share = {row['part']: row.get('share') for row in rows}
    assert share[step.LOSS] == pytest.approx(1 / 7)
    assert share[step.LEARNING] == pytest.approx(3 / 7)


def test_infer(recipe):
    """Both label every point of the same scan with one of 16 classes."""
    ways = infer.prepare(recipe, 'cpu')
    ours, other = ways[OURS](), ways[OTHER]()
    assert ours.shape == other.shape == (3000, )
    assert 0 <= min(ours.min(), other.min())
    assert max(ours.max(), other.max()) < 16
    assert torch.equal(ours, ways[OURS]())


def test_fit(recipe):
    """More keyframes hold more; checkpointing holds less."""
    held = {}
    for checkpoint in (False, True):
        options = {**recipe.options, 'model.checkpoint': checkpoint}
        cached = Recipe(config_path(CACHED), options)
        held[checkpoint], fixed = batch_memory.memory_of_step(
            cached, 'cpu', False, 1)
    assert held[True] < held[False]
    two, same = batch_memory.memory_of_step(
        Recipe(config_path(CACHED), recipe.options), 'cpu', False, 2)
    assert two > 1.3 * held[False] and same == fixed


def test_batches_that_fit():
    row = batch_memory.make_row('a case', 100., 300., 700.)
    assert row['frame_mb'] == 200 and row['fixed_mb'] == 200
    # 80 % of 8 GB: 6553.6 MB, less 200, in frames of 200.
    assert row['batch'] == {'8': 31, '16': 64, '24': 97, '80': 326}
    assert batch_memory.make_row('a case', 1e6, 1., 3.)['batch']['80'] == 0


def test_held_memory_is_what_stays():
    from reldistill_benchmark.memory import held_mb

    def work():
        torch.rand(3 << 18)
        return torch.rand(1 << 18)

    size, result = held_mb(work, 'cpu')
    assert size == pytest.approx(1, abs=.01) and len(result) == 1 << 18


def test_superpixels_in_the_workers(recipe, monkeypatch):
    """Both ways see the same pairs; only one looks at images."""
    monkeypatch.setattr(superpixels, 'STEPS', 1)
    monkeypatch.setattr(superpixels, 'WORKERS', 0)
    seen = []
    slic = transforms.slic.slic_segments
    monkeypatch.setattr(transforms.slic, 'slic_segments',
                        lambda *a, **k: seen.append(1) or slic(*a, **k))
    monkeypatch.setattr(
        superpixels, '_batches',
        lambda dataset: iter([pseudo_collate([dataset[0]])] *
                             (superpixels.WARM_UP + 1)))
    cached = Recipe(config_path(CACHED), recipe.options)
    seconds = superpixels.time_steps(cached, 'cpu', 2, 1)
    # Twice two turns: a step, and SLIC alone.
    assert len(seen) == 2 * 2 * 6
    assert all(len(each) == 2 for each in seconds.values())
    step, alone = superpixels.make_rows('a case', {
        **seconds, OURS: [4., 2., 2.],
        OTHER: [2., 2., 1.]
    })
    assert step['ratio'] == dict(median=.5, least=.5, most=1.)
    assert 'ratio' not in alone
    for row in (step, alone):
        assert describe(row)


def test_superpixels_on_miniworld(tmp_path):
    """Where the real keyframe is not at hand."""
    found = superpixels.on_miniworld(tmp_path)
    pipeline = superpixels.with_slic(load(found))
    assert [step.type for step in pipeline][1:5] == [
        'LoadCachedPairs', 'LoadCameraImages', 'ResizedCropCameras',
        'SlicSuperpixels'
    ]


def test_sparse(recipe):
    """The layers are the student's; both ways run; sizes count each pair."""
    layers = sparse.record(recipe, {})
    assert len(layers) > 20
    for layer in layers:
        out = layer.forward()
        assert out.shape == layer.grad.shape
        assert [part.shape for part in layer.backward()
                ] == [layer.features.shape, layer.filters.shape]
        assert len(layer.sizes()) == len(layer.counts)
        if layer.subm:
            assert sum(layer.sizes()) >= len(layer.grad)
    for forward in (True, False):
        ways = sparse.products(recipe, {}, forward, 'cpu')
        assert len(ways[OURS]()) == len(ways[OTHER]()) == len(layers)
