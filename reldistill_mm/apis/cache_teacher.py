"""Write a teacher's features for a config's keyframes."""
import os
import shlex
from collections import Counter
from pathlib import Path

import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.device import get_device

from ..cli.checks import check_cache_numbers
from ..datasets.wrapped import wrapped_datasets
from ..errors import BadInput
from ..io.files import require_folder
from ..io.remote import is_local
from ..models.teachers.file_teacher import Encode, give_script
from ..teacher_cache import Manifest
from ..teacher_cache.build import Report, build_cache
from ..teacher_cache.cache_key import cache_identity, require_same_superpixels
from ..teacher_cache.pack_shards import MEGABYTE
from ..teacher_cache.root import BACKEND_KEY
from .cache_sets import cache_jobs
from .distillation_config import distillation_config


def cache_teacher(config: str,
                  command: str,
                  out: Path | str | None = None,
                  split: str = 'train',
                  pairs: int | None = None,
                  dims: int | None = None,
                  seed: int = 0,
                  rank: int = 0,
                  world_size: int = 1,
                  workers: int = 2,
                  options: dict | None = None,
                  encode: Encode | None = None,
                  shards: int | None = None) -> tuple[Path | str, Report]:
    """Build, finish or repair a cache of the teacher's features.

    Args:
        config (str): A distillation config.
        command (str): Command that builds it again, with ``{root}`` in place
            of the folder; errors name it.
        out (Path | str, optional): Folder of the cache, or its address.
            Defaults to None, where the config's training reads it.
        split (str): 'train' or 'val'. Defaults to 'train'.
        pairs (int, optional): Most pairs per keyframe.
        dims (int, optional): Dimensions to project the features to.
        seed (int): Seed of the pair order. Defaults to 0.
        rank (int): This process's share. Defaults to 0.
        world_size (int): Number of shares. Defaults to 1.
        workers (int): Processes that load images. Defaults to 2.
        options (dict, optional): Changes of the config.
        encode (Callable, optional): With a :class:`FileTeacher`: computes the
            features (P, D) of P pixels from images (V, 3, H, W), float32 RGB
            from 0 to 255, the image of each pixel (P,), its position (P, 2)
            as (u, v) and, if it has a fourth argument, the V paths of the
            images. Defaults to None, the teacher's own network.
        shards (int, optional): Megabytes of a shard: the keyframes' files are
            packed into tar archives once all are there. Defaults to None.

    Returns:
        tuple[Path | str, Report]: The folder, and what was done in this share.

    Raises:
        BadInput: A number out of its range, or a config that cannot be cached.
    """
    check_cache_numbers(pairs, dims, workers, seed, rank, world_size, shards)
    cfg = distillation_config(config, options)
    jobs = cache_jobs(cfg, split, out)
    for dataset in wrapped_datasets(cfg[f'{split}_dataloader'].dataset):
        require_same_superpixels(cfg, dataset.get('pipeline') or ())
    identities = []
    for each, _, root in jobs:
        if is_local(root, cfg.get(BACKEND_KEY)):
            require_folder(root)
        elif shards is not None:
            raise BadInput("--shards packs folders of this machine, not "
                           f"'{root}': build in one (--out FOLDER) and copy "
                           'what is in it.')
        identities.append(cache_identity(each, pairs, dims, seed))
    # A GPU's features should equal the CPU's up to rounding.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get('LOCAL_RANK', 0)))
    model = MODELS.build(cfg.model).to(get_device()).eval()
    if dims is not None and dims > model.teacher.embed_dim:
        raise BadInput(f'--dims {dims} is more than the '
                       f"{model.teacher.embed_dim} of the teacher's features.")
    if encode is not None:
        give_script(model.teacher, encode)
    if len(jobs) > 1:
        # Each has its own folder, which --out would replace.
        command = command.replace('--out {root} ', '')
    reports = [
        build_cache(
            model, DATASETS.build(part), root,
            Manifest(identity, command.replace('{root}',
                                               shlex.quote(str(root)))), rank,
            world_size, workers, cfg.get(BACKEND_KEY),
            None if shards is None else shards * MEGABYTE)
        for (_, part, root), identity in zip(jobs, identities)
    ]
    roots = [root for _, _, root in jobs]
    return (roots[0] if len(roots) == 1 else ', '.join(map(str, roots)),
            Report(
                sum((each.outcomes for each in reports), Counter()),
                sum(each.size for each in reports), _packed(reports)))


def _packed(reports: list[Report]) -> int | None:
    """Shards of all folders; None where one is not packed."""
    counts = [each.shards for each in reports]
    return None if None in counts else sum(count or 0 for count in counts)
