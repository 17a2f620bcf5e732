"""A linear classifier that has converged."""
from threading import Barrier, Thread

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from reldistill_mm.errors import BadInput
from reldistill_mm.functional import linear_fit
from reldistill_mm.functional.linear_fit import fit_linear
from reldistill_mm.functional.matched_rows import unit_rows

CLASSES, DIMS = 5, 12


def rows(count=3000, seed=0, noise=1.5):
    """Clusters of uneven sizes, columns of very different scales."""
    draw = torch.Generator().manual_seed(seed)
    odds = torch.tensor([8., 4., 2., 1., .5])
    labels = torch.multinomial(odds, count, replacement=True, generator=draw)
    centres = torch.randn(
        CLASSES, DIMS, generator=torch.Generator().manual_seed(9))
    features = centres[labels] + noise * torch.randn(
        count, DIMS, generator=draw)
    return features.double() * torch.logspace(-2, 2, DIMS) + .5, labels


@pytest.mark.parametrize('balanced', [False, True])
def test_scikit_learns(balanced):
    features, labels = rows()
    l2 = 1e-3
    # A sixth class that no row has.
    fit = fit_linear(features, labels, CLASSES + 1, l2, balanced, 1e-8)
    scaled = StandardScaler().fit_transform(features.numpy())
    theirs = LogisticRegression(
        C=1 / (l2 * len(labels)),
        tol=1e-10,
        max_iter=5000,
        class_weight='balanced' if balanced else None)
    theirs.fit(scaled, labels.numpy())
    found = (features @ fit.weight.T + fit.bias).softmax(1)
    assert fit.gradient < 1e-7
    np.testing.assert_allclose(
        found[:, :CLASSES], theirs.predict_proba(scaled), atol=1e-4)
    assert not found[:, CLASSES].any()


def test_float32_and_parts(monkeypatch):
    features, labels = rows()
    whole = fit_linear(features, labels, CLASSES, tolerance=1e-7)
    monkeypatch.setattr(linear_fit, '_CHUNK', 700)
    parts = fit_linear(features.float(), labels, CLASSES)
    one = (features @ whole.weight.T + whole.bias).softmax(1)
    other = (features @ parts.weight.T + parts.bias).softmax(1)
    assert parts.gradient <= 1e-5
    torch.testing.assert_close(one, other, atol=2e-3, rtol=0)


def test_never_below_zero_shot():
    """What words read linearly, a probe reads as well, on other rows, too."""
    draw = torch.Generator().manual_seed(1)
    words = unit_rows(torch.randn(CLASSES, 32, generator=draw))

    def clip_like(count):
        labels = torch.randint(CLASSES, (count, ), generator=draw)
        noise = torch.randn(count, 32, generator=draw)
        return unit_rows(words[labels] + .35 * noise), labels

    features, labels = clip_like(4000)
    fit = fit_linear(features, labels, CLASSES)
    features, labels = clip_like(4000)
    by_words = (features @ words.T).argmax(1)
    by_probe = (features.double() @ fit.weight.T + fit.bias).argmax(1)
    zero_shot, probe = ((found == labels).double().mean()
                        for found in (by_words, by_probe))
    # Two standard deviations of an accuracy over 4000 rows.
    assert .7 < zero_shot < .99 and probe > zero_shot - .016


@pytest.mark.parametrize('parts', [
    [slice(0, None, 2), slice(1, None, 2)],
    [slice(None), slice(0)],
])
def test_parts_of_the_rows_on_two_processes(parts):
    """What ranks add up is what one process has: here both are played."""
    features, labels = rows(count=400)
    whole = fit_linear(features, labels, CLASSES, 1e-2, tolerance=1e-9)
    meet, held, found = Barrier(2), {}, {}

    def play(rank):

        def add(values):
            held[rank] = values.clone()
            meet.wait(60)
            total = held[0] + held[1]
            meet.wait(60)
            return total

        part = parts[rank]
        found[rank] = fit_linear(
            features[part], labels[part], CLASSES, 1e-2, tolerance=1e-9,
            add_ranks=add)  # yapf: disable

    threads = [Thread(target=play, args=(rank, )) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    torch.testing.assert_close(
        found[0].weight, found[1].weight, rtol=0, atol=0)
    torch.testing.assert_close(
        found[0].weight, whole.weight, rtol=1e-5, atol=1e-7)


def test_a_flat_column_and_separable_rows():
    """Without noise there is no optimum but for l2: it still ends."""
    features, labels = rows(noise=0)
    features[:, 3] = 7.
    fit = fit_linear(features, labels, CLASSES)
    assert torch.isfinite(fit.weight).all() and fit.gradient < 1e-5
    right = (features @ fit.weight.T + fit.bias).argmax(1) == labels
    assert right.all()


def test_what_cannot_be_fitted():
    features, labels = rows(count=20)
    with pytest.raises(BadInput, match='of 5 there are rows of 1'):
        fit_linear(features, labels * 0, CLASSES)
    with pytest.raises(BadInput, match='rows of 0'):
        fit_linear(features[:0], labels[:0], CLASSES)
    with pytest.raises(BadInput, match='Labels from 0 to 9'):
        fit_linear(features, labels.clamp(max=1) * 9, CLASSES)
    features[3, 4] = float('nan')
    with pytest.raises(BadInput, match='not finite'):
        fit_linear(features, labels, CLASSES)
