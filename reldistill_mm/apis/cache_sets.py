"""Which datasets of a training have a teacher cache of their own."""
from pathlib import Path

from mmengine.config import Config

from ..datasets.wrapped import wrapped_datasets
from ..errors import BadInput
from ..teacher_cache.root import ROOT_KEY, cache_root, cached_steps, config_of
from .distillation_config import split_dataset

Job = tuple[Config, dict, Path | str]


def cache_jobs(cfg: Config, split: str, out: Path | str | None) -> list[Job]:
    """List what has to be cached: one job, or one for each dataset.

    Several datasets share a folder unless they are read by pipelines of their
    own (``paired_pipeline``, images of another size, say) or name several
    folders (``LoadCachedPairs.root``).

    Args:
        cfg (Config): Config from :func:`distillation_config`.
        split (str): 'train' or 'val'.
        out (Path | str, optional): Folder in place of the config's.

    Returns:
        list[tuple[Config, dict, Path | str]]: Config, dataset and folder of
        each.

    Raises:
        BadInput: ``out`` for several folders, or one of several sets has
            none.
    """
    dataset = split_dataset(cfg, split)
    roots = separate_roots(cfg[f'{split}_dataloader'].dataset,
                           cfg.get(ROOT_KEY))
    if not roots:
        return [(cfg, dataset, out or cache_root(cfg))]
    if out is not None and len(roots) > 1:
        raise BadInput(f'--out {out}: the {len(roots)} sets of this config '
                       'have a cache each, the root of their LoadCachedPairs.')
    return [(config_of(cfg, each), each, out or root)
            for each, root in zip(wrapped_datasets(dataset), roots)]


def separate_roots(dataset: dict, shared: str | None) -> list[str]:
    """List the folders of datasets that have caches of their own.

    Args:
        dataset (dict): Config of a dataset, or of a wrapper of some.
        shared (str, optional): The config's ``teacher_cache_root``.

    Returns:
        list[str]: A folder for each dataset; nothing where all share one and
        are read by one pipeline.

    Raises:
        BadInput: One of several has none.
    """
    sets = list(wrapped_datasets(dataset))
    roots = [
        next((step['root']
              for step in cached_steps(each) if step.get('root')), None)
        for each in sets
    ]
    own = any(each.get('paired_pipeline') for each in sets)
    if not own and len(set(roots)) == 1:
        return []
    if len(sets) == 1:
        roots = [roots[0] or shared]
    for each, root in zip(sets, roots):
        if root is None:
            raise BadInput(
                f"The data in '{each.get('data_root')}' have no cache of "
                'their own, and other sets of this config do: give the '
                'LoadCachedPairs of each its root.')
    return [str(root) for root in roots]
