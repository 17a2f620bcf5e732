"""Image-to-LiDAR relational distillation for MMDetection3D.

``custom_imports = dict(imports=['reldistill_mm'])`` in a config registers
every transform, dataset, model and metric of the plugin in mmdet3d's own
registries. Where mmdet3d is not installed, only the functional core
(:mod:`reldistill_mm.functional`, which needs torch and NumPy alone) can be
used, and nothing is registered.
"""
from importlib.util import find_spec

from .compat.quick_imports import quick_imports
from .version import __version__

with quick_imports():
    from .functional.prompts import vocabulary
    from .io.inert_pickle import allow_in_checkpoints
    from .io.paths import config_path, tiny_clip_model

    if find_spec('mmdet3d') is not None:
        from . import compat
        compat.apply()

        from . import datasets, evaluation, hooks, models  # noqa: F401

__all__ = [
    '__version__', 'allow_in_checkpoints', 'config_path', 'tiny_clip_model',
    'vocabulary'
]
