"""Image-to-LiDAR relational distillation for MMDetection3D.

``custom_imports = dict(imports=['reldistill_mm'])`` in a config registers
every transform, dataset, model and metric of the plugin in mmdet3d's own
registries. Where mmdet3d is not installed, only the functional core
(:mod:`reldistill_mm.functional`, which needs torch and NumPy alone) can be
used, and nothing is registered.
"""
from importlib.util import find_spec

from .functional.prompts import vocabulary
from .utils.inert_pickle import allow_in_checkpoints
from .utils.paths import config_path, tiny_clip_model
from .version import __version__

if find_spec('mmdet3d') is not None:
    from .utils.versions import check_versions
    check_versions()

    from .utils.cpu_distributed import enable_cpu_launcher
    from .utils.partial_checkpoint import keep_metadata_of_parts
    from .utils.safe_loading import load_checkpoints_safely
    from .utils.spconv_cpu import enable_spconv_on_cpu
    enable_spconv_on_cpu()
    enable_cpu_launcher()
    keep_metadata_of_parts()
    load_checkpoints_safely()

    from . import datasets, evaluation, hooks, models  # noqa: F401

__all__ = [
    '__version__', 'allow_in_checkpoints', 'config_path', 'tiny_clip_model',
    'vocabulary'
]
