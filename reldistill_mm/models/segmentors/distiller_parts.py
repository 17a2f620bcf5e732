"""What a distiller is given: cached features, a sampler, keys of its head."""
from typing import Any

import torch
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import SampleList
from torch import Tensor

from ...errors import BadInput
from ..samplers import PairSampler
from ..teachers import FrozenTeacher


def cached_features(batch_data_samples: SampleList,
                    pair_index: Tensor | slice) -> Tensor:
    """Collect the teacher's features that came with the pairs.

    Args:
        batch_data_samples (list[:obj:`Det3DDataSample`]): Samples with
            ``pairs.features`` (P_b, C) and, where they were projected,
            ``teacher_basis`` (D, C).
        pair_index (Tensor | slice): (P,) int64, indices of the wanted pairs
            among those of all samples, one sample after the other.

    Returns:
        Tensor: (P, D) float32, not normalised where they were projected.

    Raises:
        BadInput: A sample has none.
    """
    if any('features' not in sample.pairs for sample in batch_data_samples):
        raise BadInput(
            "The batch has neither images nor the teacher's features: pack "
            "'img' after LoadCameraImages, or put LoadCachedPairs in their "
            'place.')
    features = torch.cat([
        sample.pairs.features for sample in batch_data_samples
    ])[pair_index].float()
    basis = batch_data_samples[0].get('teacher_basis')
    if basis is None:
        return features
    with torch.autocast(features.device.type, enabled=False):
        return features @ basis.T


def build_sampler(cfg: dict | None) -> PairSampler | None:
    """Build a pair sampler; None stays None.

    Raises:
        BadInput: The config names no type, or one that is no sampler.
    """
    if cfg is None:
        return None
    if 'type' not in cfg:
        raise BadInput(f'pair_sampler={dict(cfg)} names no type: say '
                       "dict(type='RandomPairs', count=4096), or None for "
                       'all pairs.')
    sampler = MODELS.build(cfg)
    if not isinstance(sampler, PairSampler):
        raise BadInput(f"pair_sampler.type={cfg['type']} is not a "
                       'PairSampler: derive it from '
                       'reldistill_mm.models.PairSampler.')
    return sampler


def check_head_keys(distill_head: dict) -> None:
    """Refuse renamed keys and name the new ones."""
    if 'num_pairs' in distill_head:
        count = distill_head['num_pairs']
        sampler = count and f"dict(type='RandomPairs', count={count})"
        raise BadInput(
            f'distill_head.num_pairs={count} is no longer a key: set '
            f'model.pair_sampler={sampler} instead.')
    if 'gather' in distill_head:
        raise BadInput('distill_head.gather is no longer a key: set '
                       'model.distill_head.gather_across_ranks='
                       f'{distill_head["gather"]} instead.')


def require_embeddings(head: Any, teacher: FrozenTeacher) -> None:
    """Refuse to guide a loss by embeddings that are still to be loaded.

    Those of a head with ``store_text`` are zeros until then, to which every
    point is equally near.

    Args:
        head (ZeroShotHead): The model's.
        teacher (FrozenTeacher): The model's.

    Raises:
        BadInput: There are none, and the teacher cannot make them.
    """
    if not head.has_text:
        raise BadInput(
            'A loss of model.distill_head is guided by words, whose stored '
            'embeddings (zero_shot_head.store_text=True) no checkpoint has '
            f'filled, and {type(teacher).__name__} embeds none: take a '
            'TextTeacher, or another loss.')
