"""Classes by the best of their names."""
import pytest
import torch

from reldistill_mm.functional import class_scores
from reldistill_mm.functional.prompts import NUSCENES, SEMANTICKITTI, TEMPLATES


def test_class_takes_its_best_name():
    features, weights = torch.randn(20, 5), torch.randn(6, 5)
    scores = class_scores(features, weights, [1, 3, 2])
    assert scores.shape == (20, 3)
    full = features @ weights.T
    expected = torch.stack(
        [full[:, 0], full[:, 1:4].max(1).values, full[:, 4:].max(1).values], 1)
    assert torch.equal(scores, expected)


def test_counts_must_fit():
    with pytest.raises(ValueError, match='names per class'):
        class_scores(torch.zeros(2, 5), torch.zeros(6, 5), [1, 3])


def test_no_raw_dataset_id_is_a_prompt():
    raw = ('driveable', '_', 'trunck', 'terrian', 'other-')
    for vocabulary in (NUSCENES, SEMANTICKITTI):
        for words in vocabulary.values():
            assert words
            assert not any(bad in word for word in words for bad in raw)
    assert len(NUSCENES) == 16 and len(SEMANTICKITTI) == 19
    # The base config's 'bus' is the benchmark's other-vehicle.
    assert SEMANTICKITTI['bus'] != ('bus', )
    assert all('{}' in template for template in TEMPLATES)
