"""mmengine's runner, with what distillation needs of it."""
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import get_rank
from mmengine.registry import RUNNERS
from mmengine.runner import Runner, find_latest_checkpoint
from mmengine.runner.base_loop import BaseLoop
from mmengine.visualization import Visualizer
from torch import nn
from torch.utils.data import DataLoader

from ..cli.said import said
from ..compat.fused_optimizer import step_as_torch_can, with_fused
from ..datasets.backend import BACKEND, fill_backend_args
from ..datasets.fill_classes import fill_classes
from ..datasets.prefixes import check_prefixes
from ..datasets.seeded import SeededDataset, SeededSampler
from ..errors import BadInput
from ..io.config_check import check_config
from ..teacher_cache.keyframes import unwrapped
from ..teacher_cache.root import BACKEND_KEY, ROOT_KEY, fill_cache_root
from .check_finite import CheckFiniteHook
from .exact_resume import ExactResumeHook
from .resumed import say_overridden, settings_of
from .same_start import check_same_start
from .same_teacher import SameTeacherHook
from .scaled_schedule import scale_rates
from .train_loops import SeededEpochLoop, SeededIterLoop
from .watch import KEY as WATCH_KEY
from .watch import WatchTestHook, with_watch
from .without_words import judge_structure

_LOOPS = dict(
    EpochBasedTrainLoop=SeededEpochLoop, IterBasedTrainLoop=SeededIterLoop)


@RUNNERS.register_module()
class DistillRunner(Runner):
    """The runner of every config that inherits ``default_runtime.py``.

    ``runner_type`` names it, by which mmdet3d's own ``tools/train.py`` builds
    it too. What differs from mmengine's:

    - ``LoadCachedPairs`` without a ``root`` reads from the config's
      ``teacher_cache_root``, wherever that was set: in a base, in a child or
      by ``--cfg-options teacher_cache_root=PATH``.
    - All steps read by the config's ``backend_args``.
    - Augmentations depend on the seed, the epoch and the sample alone, the
      draws of a step on its number, and an epoch is resumed at its next
      batch: training that was killed and resumed ends with the weights of the
      unbroken run.
    - Training whose loss or weights are not finite numbers ends, and does
      not overwrite a checkpoint.
    - Checkpoints keep whose students they hold; those of another teacher are
      refused.
    - ``auto_scale_lr`` also scales OneCycle's ``eta_max`` and adds a warm-up
      where there is none.
    - The config is looked at as a whole first (:func:`.check_config`), and a
      resumed run says where its checkpoint overrides the config.
    - On CPUs torch's own optimizers step in one pass (:func:`with_fused`).
    - ``sync_bn`` is left out on CPUs, where torch has none.
    - A distiller without words is validated and tested by its structure
      (:func:`judge_structure`).
    - The config's ``watch`` names TensorBoard or Weights & Biases
      (:func:`with_watch`).
    """

    @classmethod
    def from_cfg(cls, cfg: Config) -> 'DistillRunner':
        """Build a runner of a config that was looked at as a whole."""
        fill_classes(cfg)
        check_config(cfg)
        cfg, changed = judge_structure(cfg)
        with _built('The config'):
            runner = super().from_cfg(cfg)
        for split in changed:
            runner.logger.info(
                'The model has no words (zero_shot_head=None) to label points '
                f'with: {split}_evaluator reports StructureMetric, and '
                f'{split}_dataloader reads by paired_pipeline.')
        return runner

    @property
    def base_seed(self) -> int:
        """Seed of the run, the same on all ranks."""
        each = self._randomness_cfg.get('diff_rank_seed', False)
        return self.seed - (get_rank() if each else 0)

    def build_dataloader(self, dataloader: DataLoader | dict, *args,
                         **kwargs) -> DataLoader:
        """Build a dataloader with the cache's folder; keep the config."""
        if not isinstance(dataloader, dict):
            return super().build_dataloader(dataloader, *args, **kwargs)
        dataloader = fill_cache_root(dataloader, self.cfg.get(ROOT_KEY),
                                     self.cfg.get(BACKEND_KEY))
        fill_backend_args(dataloader, self.cfg.get(BACKEND))
        seed = self.base_seed
        with _built('A dataloader'):
            loader = super().build_dataloader(
                seeded(dataloader, seed), seed=seed)
        for each in unwrapped(loader.dataset):
            check_prefixes(each)
        return loader

    def build_optim_wrapper(self, optim_wrapper: Any) -> Any:
        """Build the optimizer; say in one line why it cannot be."""
        with _built('optim_wrapper'):
            if isinstance(optim_wrapper, dict) and get_device() == 'cpu' and (
                    optim_wrapper.get('type') == 'AmpOptimWrapper'):
                raise BadInput(
                    'Mixed precision (--amp, optim_wrapper.type='
                    'AmpOptimWrapper) needs a GPU: leave it out on a CPU.')
            if isinstance(optim_wrapper, dict) and get_device() == 'cpu':
                optim_wrapper = with_fused(optim_wrapper)
            return super().build_optim_wrapper(optim_wrapper)

    def build_param_scheduler(self, scheduler: Any) -> Any:
        """Build the schedules; say in one line why they cannot be."""
        with _built('param_scheduler'):
            return super().build_param_scheduler(scheduler)

    def load_or_resume(self) -> None:
        """Load or resume, all ranks the same; say it if nothing is there."""
        if self._has_loaded:
            return
        if (self._resume and self._load_from is None
                and find_latest_checkpoint(self.work_dir) is None):
            self.logger.warning(
                f"There is no checkpoint in '{self.work_dir}' to resume from: "
                'training starts at the beginning, from the weights that the '
                'model begins with. Is --work-dir that of the earlier run?')
        super().load_or_resume()
        if self._resume or self._load_from is not None:
            check_same_start(self)

    def resume(self, *args, **kwargs) -> None:
        """Resume; say which settings are not those of the config."""
        wanted = settings_of(self)
        super().resume(*args, **kwargs)
        optimizer = getattr(self.optim_wrapper, 'optimizer', None)
        if optimizer is not None and get_device() == 'cpu':
            step_as_torch_can(optimizer)
        say_overridden(wanted, settings_of(self))

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        """Build a loop that resumes within an epoch."""
        if isinstance(loop, dict):
            loop = dict(loop)
            if 'type' not in loop and 'by_epoch' in loop:
                loop['type'] = ('EpochBasedTrainLoop' if loop.pop('by_epoch')
                                else 'IterBasedTrainLoop')
            kind: Any = loop.get('type')
            if kind in _LOOPS:
                loop['type'] = _LOOPS[kind]
        return super().build_train_loop(loop)

    def register_hooks(self, *args, **kwargs) -> None:
        """Register the config's hooks and the runner's own."""
        super().register_hooks(*args, **kwargs)
        self.register_hook(ExactResumeHook())
        self.register_hook(CheckFiniteHook())
        self.register_hook(SameTeacherHook())
        self.register_hook(WatchTestHook())

    def build_visualizer(self, visualizer: Any = None) -> Visualizer:
        """Build the visualizer with the backends of ``watch``."""
        return super().build_visualizer(
            with_watch(visualizer, self.cfg.get(WATCH_KEY)))

    def wrap_model(self, model_wrapper_cfg: dict | None,
                   model: nn.Module) -> nn.Module:
        """Wrap the model for several processes; see ``sync_bn``."""
        wanted = self.cfg.get('sync_bn')
        if wanted is None or not self.distributed or get_device() != 'cpu':
            return super().wrap_model(model_wrapper_cfg, model)
        self.logger.warning(
            f"sync_bn='{wanted}' is left out: torch synchronises batch "
            'statistics on GPUs alone. Each process normalises its own batch.')
        self.cfg.sync_bn = None
        try:
            return super().wrap_model(model_wrapper_cfg, model)
        finally:
            self.cfg.sync_bn = wanted

    def scale_lr(self,
                 optim_wrapper: Any,
                 auto_scale_lr: dict | None = None) -> None:
        """Scale what decides the learning rate; see :func:`scale_rates`."""
        if auto_scale_lr and auto_scale_lr.get('enable', False):
            loader = self._train_dataloader
            batch = (
                loader['batch_size']
                if isinstance(loader, dict) else loader.batch_size)
            # They are still a config.
            schedulers: Any = vars(self)['param_schedulers']
            self.param_schedulers = scale_rates(optim_wrapper, schedulers,
                                                batch * self.world_size,
                                                auto_scale_lr,
                                                self._train_loop)


# Of these, an error is what they say of the values that a config gives them.
_THEIRS = {'mmcv', 'mmdet', 'mmdet3d', 'mmengine', 'torch'}


@contextmanager
def _built(name: str) -> Iterator[None]:
    """Name the part of a config of which something cannot be built.

    An error in a class of one's own is a bug, whose traceback is wanted.
    """
    try:
        yield
    except BadInput:
        raise
    except (AssertionError, TypeError, ValueError) as error:
        place = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        if not _THEIRS.intersection(place.parts):
            raise
        raise BadInput(f'{name} cannot be built ({said(error)}): correct it '
                       f'in the config, or its --cfg-options.') from error


def seeded(dataloader: dict, seed: int) -> dict:
    """Return a dataloader's config whose dataset is seeded by the sampler.

    Args:
        dataloader (dict): Config with ``dataset`` and ``sampler``.
        seed (int): Seed of the augmentations.
    """
    dataset, sampler = dataloader['dataset'], dataloader['sampler']
    if not isinstance(sampler, dict):
        return dataloader
    return dict(
        dataloader,
        dataset=dict(type=SeededDataset, dataset=dataset),
        sampler=dict(
            type=SeededSampler, sampler=dict(sampler), augment_seed=seed))
