"""Gradient accumulation: several steps of few frames make one update.

What mmengine documents for ``accumulative_counts=n``: every loss is divided
by n, gradients add up, parameters change at each n-th step, and steps that
are left over at the end are divided by their own number.
"""
import copy

import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.optim import build_optim_wrapper

import reldistill_mm

RATE, FACTOR = 0.1, 0.5
OPTIMISER = dict(
    type='OptimWrapper',
    accumulative_counts=2,
    optimizer=dict(type='SGD', lr=RATE),
    # Two groups: factors hold for what has been added up, too.
    paramwise_cfg=dict(custom_keys=dict(projector=dict(lr_mult=FACTOR))))


def gradients_of_one_frame(model, frame):
    """Of the undivided loss, by plain autograd."""
    model.zero_grad()
    data = model.data_preprocessor(copy.deepcopy(frame), True)
    losses = model(**data, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    return {name: p.grad.clone() for name, p in model.named_parameters()}


def parameters_of(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def moved(parameters, gradients):
    return {
        name:
        p - RATE *
        (FACTOR if name.startswith('projector') else 1) * gradients[name]
        for name, p in parameters.items()
    }


def assert_close(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], msg=name)


def test_accumulated_steps_make_the_update_of_their_mean_gradient(
        small_options, mmdet3d_scope):
    config = Config.fromfile(reldistill_mm.config_path('reldistill_nus.py'))
    config.merge_from_dict(small_options)
    # No draw of pairs that would differ between the two ways.
    config.model.pair_sampler = None
    model = MODELS.build(config.model).train()
    twin = copy.deepcopy(model)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    first, second = (pseudo_collate([dataset[i]]) for i in range(2))
    wrapper = build_optim_wrapper(model, OPTIMISER)
    wrapper.initialize_count_status(model, 0, max_counts=3)

    start = parameters_of(model)
    model.train_step(copy.deepcopy(first), wrapper)
    assert all(map(torch.equal, parameters_of(model).values(), start.values()))
    model.train_step(copy.deepcopy(second), wrapper)
    one, two = (gradients_of_one_frame(twin, f) for f in (first, second))
    mean = {name: (one[name] + two[name]) / 2 for name in one}
    updated = parameters_of(model)
    assert_close(updated, moved(start, mean))
    assert any(bool((updated[name] != p).any()) for name, p in start.items())

    # The third of three steps is left over and counts whole.
    twin.load_state_dict(model.state_dict())
    model.train_step(copy.deepcopy(first), wrapper)
    assert_close(
        parameters_of(model),
        moved(updated, gradients_of_one_frame(twin, first)))
