"""What is postponed is not imported, and is the real thing on first use."""
import json
import subprocess
import sys

import pytest

POSTPONED = ('sklearn', 'scipy.optimize', 'scipy.stats', 'matplotlib.pyplot',
             'matplotlib.figure', 'pandas', 'nuscenes', 'lyft_dataset_sdk',
             'open3d', 'timm', 'open_clip', 'torch.distributed.fsdp',
             'torch.distributed.optim', 'torch._dynamo')
REGISTERED = f"""
import contextlib, json, sys
import mmdet3d.registry
from mmengine.registry import Registry
loaded = [name for name in {POSTPONED} if name in sys.modules]
found = dict()
for name, registry in vars(mmdet3d.registry).items():
    while isinstance(registry, Registry):
        # mmdet3d names a module of inferencers that it does not have.
        with contextlib.suppress(ModuleNotFoundError):
            registry.import_from_location()
        found[registry.name + registry.scope] = sorted(registry.module_dict)
        registry = registry.parent
print(json.dumps([loaded, found]))
"""
FIRST_USE = """
import reldistill_mm
import torch
from mmdet.models.dense_heads import paa_head
from mmdet.models.task_modules.assigners import hungarian_assigner
from mmdet.models.task_modules.tracking import interpolation
from mmdet.utils import mot_error_visualize
from mmengine.model.wrappers import MMFullyShardedDataParallel as Sharded
from mmengine.optim.optimizer.zero_optimizer import ZeroRedundancyOptimizer
from mmengine.registry import MODEL_WRAPPERS, OPTIMIZERS

assert OPTIMIZERS.get('ZeroRedundancyOptimizer') is ZeroRedundancyOptimizer
assert MODEL_WRAPPERS.get('MMFullyShardedDataParallel') is Sharded
assert issubclass(ZeroRedundancyOptimizer, torch.optim.Optimizer)
assert issubclass(Sharded, torch.nn.Module)
assert not isinstance(torch.nn.Linear(1, 1), Sharded)

import scipy.optimize
import sklearn.gaussian_process
import sklearn.mixture
from sklearn.gaussian_process import GaussianProcessRegressor

assert type(interpolation.GPR()) is GaussianProcessRegressor
assert isinstance(GaussianProcessRegressor(), interpolation.GPR)
assert type(paa_head.skm.GaussianMixture()) is sklearn.mixture.GaussianMixture
assert type(scipy.optimize.linear_sum_assignment).__name__ != 'Later'
rows, columns = hungarian_assigner.linear_sum_assignment([[1, 0], [0, 1]])
assert columns.tolist() == [1, 0]
mot_error_visualize.plt.close()

class Mine(Sharded):
    pass

assert Mine.set_state_dict_type is torch.distributed.fsdp.\\
    FullyShardedDataParallel.set_state_dict_type
assert issubclass(Sharded, torch.distributed.fsdp.FullyShardedDataParallel)

import torch.distributed as dist
dist.init_process_group('gloo', store=dist.HashStore(), rank=0, world_size=1)
weight = torch.nn.Parameter(torch.ones(2))
optimizer = OPTIMIZERS.build(dict(type='ZeroRedundancyOptimizer',
                                  params=[weight], optimizer_type='SGD',
                                  lr=.5))
from torch.distributed.optim import ZeroRedundancyOptimizer as Real
assert isinstance(optimizer, Real)
weight.sum().backward()
optimizer.step()
assert weight.tolist() == [.5, .5]
assert optimizer.state_dict()['param_groups'][0]['lr'] == .5
"""


def python(code: str) -> str:
    result = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                            capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_the_same_is_registered_with_less_imported():
    quick = python('import reldistill_mm\n' + REGISTERED)
    # Imported whole before, nothing is left to postpone.
    whole = python('import mmdet3d.evaluation, mmdet3d.models, timm\n'
                   'import mmdet3d.datasets, mmdet3d.visualization\n'
                   'import mmdet3d.engine, open_clip, reldistill_mm\n' +
                   REGISTERED)
    loaded, found = json.loads(quick.splitlines()[-1])
    all_of_it, wanted = json.loads(whole.splitlines()[-1])
    assert not loaded and 'sklearn' in all_of_it
    assert found == wanted


@pytest.mark.slow
def test_first_use():
    python(FIRST_USE)
