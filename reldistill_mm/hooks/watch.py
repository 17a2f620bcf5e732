"""Watch a run in TensorBoard or Weights & Biases: the config's ``watch``."""
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.runner import Runner
from mmengine.visualization import TensorboardVisBackend, WandbVisBackend

from ..cli.said import said
from ..errors import BadInput
from ..functional.closest import closest
from ..functional.hints import fits

KEY = 'watch'


class TensorboardWatch(TensorboardVisBackend):
    """mmengine's backend, with the names and steps of :func:`by_split`."""

    def add_scalars(self,
                    scalar_dict: dict,
                    step: int = 0,
                    file_path: str | None = None,
                    **kwargs) -> None:
        super().add_scalars(by_split(scalar_dict), steps_done())


class WandbWatch(WandbVisBackend):
    """mmengine's backend, over steps of training and without source code.

    mmengine's own counts its calls as steps, and sends every Python file
    below the working directory. Project, name and the like are W&B's own
    environment variables (``WANDB_PROJECT``...).

    Args:
        save_dir (str): Folder for W&B's own files.
        mode (str, optional): See ``wandb.init``; 'offline' sends nothing.

    Raises:
        BadInput: W&B does not start, without a login, say.
    """

    def __init__(self, save_dir: str, mode: str | None = None) -> None:
        axis = [dict(name='iter'), dict(name='*', step_metric='iter')]
        super().__init__(
            save_dir, init_kwargs=dict(mode=mode), define_metric_cfg=axis)

    def _init_env(self) -> None:
        wandb: Any = import_module('wandb')
        try:
            super()._init_env()
        except wandb.Error as error:
            raise BadInput(
                f'Weights & Biases does not start ({said(error)}): log in by '
                f'`wandb login`, or take {KEY}=wandb_offline, which sends '
                'nothing.') from error

    def add_config(self, config: Config, **kwargs) -> None:
        self.experiment.config.update(config.to_dict(), allow_val_change=True)

    def add_image(self,
                  name: str,
                  image: np.ndarray,
                  step: int = 0,
                  **kwargs) -> None:
        wandb = self.experiment
        wandb.log({name: wandb.Image(image), 'iter': step})

    def add_scalars(self,
                    scalar_dict: dict,
                    step: int = 0,
                    file_path: str | None = None,
                    **kwargs) -> None:
        self.experiment.log(dict(by_split(scalar_dict), iter=steps_done()))

    def close(self) -> None:
        if hasattr(self, '_wandb'):
            self._wandb.finish()


# Name to the module that it needs, what installs it, and the backend.
BACKENDS: dict[str, tuple[str, str, dict]] = dict(
    tensorboard=('torch.utils.tensorboard', 'tensorboard',
                 dict(type=TensorboardWatch)),
    wandb=('wandb', 'wandb', dict(type=WandbWatch)),
    wandb_offline=('wandb', 'wandb', dict(type=WandbWatch, mode='offline')))


def steps_done() -> int:
    """Count the training steps before now; 0 where nothing is trained."""
    hub = MessageHub.get_current_instance()
    return hub.get_info('iter', -1) + 1


def by_split(scalars: dict) -> dict:
    """Name scalars by what is going on: ``train/loss``, ``val/miou``.

    mmengine gives training and validation the same names, those over
    iterations and these over epochs: one curve of ``uniformity`` would be of
    both.

    Args:
        scalars (dict): Names to numbers, as mmengine logs them.

    Returns:
        dict: The same without ``iter``, which is the axis.
    """
    stage = MessageHub.get_current_instance().get_info('loop_stage', 'run')
    return {
        f'{stage}/{name}': value
        for name, value in scalars.items() if name != 'iter'
    }


def with_watch(visualizer: Any, watch: str | Sequence[str] | None) -> Any:
    """Add the backends that a config names to its visualizer.

    Args:
        visualizer (dict | Visualizer | None): As in the config; not changed.
        watch (str | Sequence[str], optional): Names in :data:`BACKENDS`.

    Returns:
        dict | Visualizer | None: The visualizer for the Runner.

    Raises:
        BadInput: An unknown name, W&B twice, a package that is not
            installed, or a visualizer that is no longer a config.
    """
    added = _backends(watch)
    if not added:
        return visualizer
    if visualizer is None:
        visualizer = dict(
            type='Visualizer', vis_backends=[dict(type='LocalVisBackend')])
    if not isinstance(visualizer, dict):
        raise BadInput(f'{KEY}={watch!r} adds to the visualizer of a config, '
                       f'not to a {type(visualizer).__name__}: give that its '
                       'backends yourself.')
    before = visualizer.get('vis_backends') or []
    before = [before] if isinstance(before, dict) else list(before)
    return dict(visualizer, vis_backends=before + added)


def _backends(watch: Any) -> list[dict]:
    names: Any = [watch] if isinstance(watch, str) else watch or []
    if not fits(names, list[str]):
        raise BadInput(f'{KEY}={watch!r} is not a name or a list of names'
                       f'{closest("", BACKENDS)}')
    for name in names:
        if name not in BACKENDS:
            raise BadInput(f'{KEY}={name!r} is not known'
                           f'{closest(name, BACKENDS)}')
        module, package, _ = BACKENDS[name]
        try:
            import_module(module)
        except ImportError as error:
            raise BadInput(
                f'{KEY}={name} needs a package that cannot be imported '
                f'({said(error)}): pip install {package}, or leave {KEY} '
                'out.') from error
    found = [dict(BACKENDS[name][2]) for name in dict.fromkeys(names)]
    kinds = [each['type'] for each in found]
    if len(set(kinds)) < len(kinds):
        raise BadInput(f'{KEY}={watch!r} names Weights & Biases twice: keep '
                       'wandb or wandb_offline.')
    return found


class WatchTestHook(Hook):
    """Send a test's metrics, which mmengine only writes to a file."""

    def after_test_epoch(self,
                         runner: Runner,
                         metrics: dict[str, float] | None = None) -> None:
        for kind in (TensorboardWatch, WandbWatch):
            backend = runner.visualizer.get_backend(kind.__name__)
            if backend is not None and metrics and is_main_process():
                backend.add_scalars(metrics)
