"""mmengine's runner, which finds the teacher's cache by one variable."""
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from ..datasets.backend import BACKEND, fill_backend_args
from ..teacher_cache.root import BACKEND_KEY, ROOT_KEY, fill_cache_root


@RUNNERS.register_module()
class DistillRunner(Runner):
    """The runner of every config that inherits ``default_runtime.py``.

    ``runner_type`` names it, by which mmdet3d's own ``tools/train.py`` builds
    it too. The differences: ``LoadCachedPairs`` without a ``root`` reads from
    the config's ``teacher_cache_root``, wherever that was set: in a base, in a
    child or by ``--cfg-options teacher_cache_root=PATH``; and all steps read
    by the config's ``backend_args``.
    """

    def build_dataloader(self, dataloader: DataLoader | dict, *args,
                         **kwargs) -> DataLoader:
        """Build a dataloader with the cache's folder; keep the config."""
        if isinstance(dataloader, dict):
            dataloader = fill_cache_root(dataloader, self.cfg.get(ROOT_KEY),
                                         self.cfg.get(BACKEND_KEY))
            fill_backend_args(dataloader, self.cfg.get(BACKEND))
        return super().build_dataloader(dataloader, *args, **kwargs)
