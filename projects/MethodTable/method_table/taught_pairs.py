"""How right the teacher is at the pairs that a method's losses see."""
from pathlib import Path

import numpy as np
import torch
from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from torch import Tensor

from reldistill_mm.apis.distillation_config import split_dataset
from reldistill_mm.experiments import read_json, write_json
from reldistill_mm.functional import confusion_matrix, pool_rows, summarise
from reldistill_mm.functional.fingerprint import digest_json
from reldistill_mm.models.mixed_sizes import features_of_batch


def taught_once(cfg: Config, path: Path) -> float:
    """Compute :func:`teacher_miou_at_pairs`, or read what an earlier call did.

    Args:
        cfg (Config): The method's config.
        path (Path): File to keep the figure in.
    """
    made_of = digest_json(cfg.to_dict(), default=str)
    if path.is_file():
        known = read_json(path)
        if known['made_of'] == made_of:
            return known['miou']
    miou = teacher_miou_at_pairs(cfg)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, dict(made_of=made_of, miou=miou))
    return miou


@torch.no_grad()
def teacher_miou_at_pairs(cfg: Config,
                          frames: int = 10,
                          seed: int = 0) -> float:
    """Compute the teacher's mIoU at the rows of a method's losses.

    Methods of one teacher differ in it by which pairs they choose and by what
    they pool: it is how good the teaching was, before any student. Labels of
    the training scenes are read for this alone; no method was trained on them.

    Args:
        cfg (Config): The method's config, with words.
        frames (int): Keyframes spread over the training set. Defaults to 10.
        seed (int): Seed of what the sampler draws. Defaults to 0.
    """
    init_default_scope('mmdet3d')
    dataset = DATASETS.build(split_dataset(cfg, 'train'))
    model = MODELS.build(cfg.model).to(get_device()).eval()
    model.prepare_words()
    classes = len(dataset.metainfo['classes'])
    total: Tensor = torch.zeros(classes, classes, dtype=torch.int64)
    torch.manual_seed(seed)
    for index in np.linspace(0, len(dataset) - 1, min(frames, len(dataset))):
        sample = dataset[round(index)]
        truth = torch.as_tensor(
            sample['data_samples'].gt_pts_seg.pts_semantic_mask).long()
        data = model.data_preprocessor(pseudo_collate([sample]), False)
        inputs, samples = data['inputs'], data['data_samples']
        pairs = model.sample_pairs(inputs, samples)
        rows = pairs.teacher
        if rows is None:
            rows = features_of_batch(model.teacher, inputs['imgs'],
                                     pairs.image, pairs.uv)
        label = truth[samples[0].pairs.point[pairs.pair_index].cpu()]
        if pairs.group is not None:
            rows = pool_rows(rows, rows, pairs.group)[0]
            label = commonest(label, pairs.group.cpu())
        found = model.zero_shot_head(rows).argmax(1).cpu()
        total += confusion_matrix(found, label, classes,
                                  dataset.metainfo['ignore_index'])
    return float(summarise(total)['miou'])


def commonest(label: Tensor, group: Tensor) -> Tensor:
    """Find the label (G,) that most of each group's rows have.

    Args:
        label (Tensor): (P,) int64, not negative.
        group (Tensor): (P,) int64 numbers; groups come in their order.
    """
    groups, place = group.unique(return_inverse=True)
    if not len(label):
        return label
    counts = torch.zeros(len(groups), int(label.max()) + 1, dtype=torch.int64)
    counts.index_put_((place, label), torch.ones_like(label), accumulate=True)
    return counts.argmax(1)
