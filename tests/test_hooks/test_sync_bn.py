"""Batch statistics of all GPUs, and nothing that breaks without them."""
import pytest
import torch
from devices import IN_GROUPS, join_group
from mmengine.config import Config
from mmengine.model import convert_sync_batchnorm
from mmengine.runner import Runner
from test_hooks.test_seeded import run
from torch import multiprocessing as mp

import reldistill_mm
from reldistill_mm.compat.leave_group import leave_group
from reldistill_mm.hooks import distill_runner


@pytest.mark.parametrize('name, wanted', [
    ('reldistill_nus.py', 'torch'),
    ('reldistill_nus_cached.py', 'torch'),
    ('reldistill_semantickitti.py', 'torch'),
    ('reldistill_miniworld.py', None),
])
def test_the_recipes_for_gpus_have_it(name, wanted):
    cfg = Config.fromfile(reldistill_mm.config_path(name))
    assert cfg.get('sync_bn') == wanted


@pytest.mark.parametrize('device, given', [('cuda', 'torch'), ('cpu', None)])
def test_cpus_leave_it_out(tmp_path, monkeypatch, device, given):
    """As the runner of one of several processes builds the model."""
    runner = run(tmp_path, epochs=1)
    seen = []
    monkeypatch.setattr(
        Runner, 'wrap_model',
        lambda self, cfg, model: seen.append(self.cfg.get('sync_bn')) or model)
    monkeypatch.setattr(distill_runner, 'get_device', lambda: device)
    runner._distributed = True
    runner.cfg.sync_bn = 'torch'
    model = torch.nn.BatchNorm1d(2)
    assert runner.wrap_model(None, model) is model
    assert seen == [given] and runner.cfg.sync_bn == 'torch'


def test_one_process_keeps_its_layers(tmp_path):
    runner = run(tmp_path, epochs=1)
    runner.cfg.sync_bn = 'torch'
    model = runner.wrap_model(None, torch.nn.BatchNorm1d(2))
    assert type(model) is torch.nn.BatchNorm1d


def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))


def learn(model, rows):
    """The mean over all rows; in DDP that of the ranks' means."""
    model(rows).square().mean().backward()
    return [each.grad.cpu() for each in model.parameters()]


def one_rank(rank, backend, world, folder):
    device = join_group(backend, rank, world, folder)
    model = network()
    if backend == 'nccl':
        model = convert_sync_batchnorm(model, 'torch')
    model = torch.nn.parallel.DistributedDataParallel(model.to(device))
    rows = torch.load(f'{folder}/rows.pt', weights_only=True)
    gradients = learn(model, rows.chunk(world)[rank].to(device))
    torch.save((gradients, model.module[1].running_var.cpu()),
               f'{folder}/{rank}.pt')
    leave_group()


@pytest.mark.slow
@IN_GROUPS
def test_gradients_of_ranks(tmp_path, backend, world):
    """With synchronised statistics those of one process, without not."""
    rows = torch.randn(16, 4) * torch.arange(1., 17)[:, None]
    torch.save(rows, tmp_path / 'rows.pt')
    mp.spawn(one_rank, (backend, world, str(tmp_path)), nprocs=world)
    alone = network()
    wanted = learn(alone, rows)
    found, variance = torch.load(tmp_path / '0.pt', weights_only=True)
    same = [
        torch.allclose(one, other, rtol=1e-3, atol=1e-5) for one, other in zip(
            [*found, variance], [*wanted, alone[1].running_var])
    ]
    assert all(same) if backend == 'nccl' else not all(same)


def test_one_rule_for_hidden_pairs():
    """What something nearer hides teaches nothing, on every dataset."""
    for name in ('nus', 'semantickitti', 'miniworld', 'othertown'):
        cfg = Config.fromfile(
            reldistill_mm.config_path(f'reldistill_{name}.py'))
        steps = [
            step for pipeline in (cfg.train_pipeline, cfg.paired_pipeline)
            for step in pipeline if step.type == 'PairPointsWithPixels'
        ]
        assert len(steps) == 2
        assert all(step.occlusion == {} for step in steps)
        cached = Config.fromfile(
            reldistill_mm.config_path(f'reldistill_{name}_cached.py'))
        pair, = [
            step for step in cached.paired_pipeline
            if step.type == 'PairPointsWithPixels'
        ]
        assert pair.occlusion == {}
