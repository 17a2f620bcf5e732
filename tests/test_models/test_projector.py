"""The layer between student and teacher's space, and what it refuses."""
import pytest
import torch
from torch import nn

from reldistill_mm.errors import BadInput
from reldistill_mm.models import PointProjector


def kinds(projector):
    layers = projector.layers
    return [
        f'{each.in_features}-{each.out_features}' if isinstance(
            each, nn.Linear) else type(each).__name__
        for each in (layers if isinstance(layers, nn.Sequential) else [layers])
    ]


@pytest.mark.parametrize('how, expected', [
    (dict(), ['4-6']),
    (dict(layers=1), ['4-6']),
    (dict(hidden_channels=9), ['4-9', 'ReLU', '9-6']),
    (dict(layers=2), ['4-6', 'ReLU', '6-6']),
    (dict(layers=3), ['4-6', 'ReLU', '6-6', 'ReLU', '6-6']),
    (dict(layers=3, hidden_channels=9, norm=True),
     ['4-9', 'LayerNorm', 'ReLU', '9-9', 'LayerNorm', 'ReLU', '9-6']),
])
def test_layers(how, expected):
    projector = PointProjector(4, 6, **how)
    assert kinds(projector) == expected
    assert projector.out_channels == 6
    for count in (0, 1, 3):
        assert projector(torch.randn(count, 4)).shape == (count, 6)


def test_three_layers_equal_their_formula():
    projector = PointProjector(4, 6, hidden_channels=5, layers=3).double()
    rows = torch.randn(7, 4, dtype=torch.float64)
    wanted = rows
    linear = [each for each in projector.layers if isinstance(each, nn.Linear)]
    for place, each in enumerate(linear):
        wanted = wanted @ each.weight.T + each.bias
        if place < 2:
            wanted = wanted.clamp_min(0)
    torch.testing.assert_close(projector(rows), wanted)


def test_checkpoints_of_one_and_two_layers_keep_their_names():
    assert set(PointProjector(
        4, 6).state_dict()) == {'layers.weight', 'layers.bias'}
    assert set(PointProjector(4, 6, hidden_channels=9).state_dict()) == {
        f'layers.{place}.{name}'
        for place in (0, 2)
        for name in ('weight', 'bias')
    }


@pytest.mark.parametrize('how, words', [
    (dict(layers=0), 'layers=0 is not'),
    (dict(layers='3'), "layers='3' is not"),
    (dict(layers=True), 'layers=True is not'),
    (dict(hidden_channels=-1), 'hidden_channels=-1 is not'),
    (dict(layers=1, hidden_channels=9), 'nothing between layers'),
    (dict(norm=True), 'nothing between layers'),
])
def test_refused(how, words):
    with pytest.raises(BadInput, match=words):
        PointProjector(4, 6, **how)
