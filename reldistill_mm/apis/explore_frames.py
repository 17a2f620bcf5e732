"""What a student and its teacher know of keyframes and of scans."""
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from ..cli.pipeline_errors import missing_steps
from ..datasets.scans import Scan
from ..errors import BadInput, MissingInput
from ..functional import PointPixelPairs, best_pairs, unit_rows
from ..functional.finite_scores import finite_scores
from ..models import ZeroShotHead, ZeroShotSegmentor
from ..visualization import ExplorerFrame, SideFeatures
from .distillation_config import split_dataset
from .segment_scan import ScanFeatures, scan_features
from .teacher_at_pairs import teacher_labels


def keyframe_dataset(cfg: Config, info: str | Path) -> Any:
    """Build the dataset of an info file with images, pairs and labels.

    Args:
        cfg (Config): Config from :func:`.distillation_config`.
        info (str | Path): The info file; its folder is the data's root.

    Raises:
        MissingInput: No such file.
    """
    info = Path(info)
    if not info.is_file():
        raise MissingInput(f"The info file '{info}' does not exist.")
    split = 'val' if cfg.get('val_dataloader') else 'train'
    options = split_dataset(cfg, split)
    if 'ann_file' not in options:
        raise BadInput(f"The {split} set of '{cfg.filename}' is not one "
                       'dataset with an ann_file, which the info file could '
                       'take the place of.')
    options.data_root = f'{info.resolve().parent}/'
    options.ann_file = info.name
    return DATASETS.build(options)


def chosen_frames(count: int, indices: Sequence[int] | None) -> list[int]:
    """Check numbers of keyframes; the one in the middle by default.

    Raises:
        BadInput: There is no such keyframe.
    """
    if indices is None:
        return [count // 2]
    for index in indices:
        if not 0 <= index < count:
            raise BadInput(f'--index {index} is not in [0, {count}), the '
                           'number of keyframes.')
    return list(indices)


@torch.no_grad()
def explore_keyframe(model: Any, head: ZeroShotHead, dataset: Any, index: int,
                     labelled: bool) -> ExplorerFrame:
    """Run student and teacher on a keyframe.

    Args:
        model (RelationalDistiller): Distiller with its teacher.
        head (ZeroShotHead): Words of the classes that are shown.
        dataset (Any): Dataset from :func:`keyframe_dataset`.
        index (int): Number of the keyframe.
        labelled (bool): Whether the classes are those of the labels.

    Returns:
        ExplorerFrame: Of a point that several cameras see, the teacher's
        feature is the one that fits a class best.
    """
    with missing_steps():
        sample = dataset[index]
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    voxels = model(**data, mode='tensor')
    place = data['data_samples'][0].point2voxel_map
    taught = teacher_labels(model, sample)
    info = sample['data_samples']
    pairs = PointPixelPairs(taught['point'].cpu().numpy(),
                            taught['camera'].cpu().numpy(),
                            taught['uv'].cpu().numpy(),
                            info.pairs.depth.cpu().numpy())
    scores = finite_scores(head(taught['features']))
    best = best_pairs(scores, taught['point'], len(place))
    labels = torch.full_like(best, len(head.classes))
    seen = best >= 0
    labels[seen] = scores.argmax(1)[best[seen]]
    teacher = SideFeatures(taught['features'].float().cpu().numpy(),
                           best.cpu().numpy(),
                           labels.cpu().numpy())
    truth = info.gt_pts_seg.get('pts_semantic_mask') if labelled else None
    return ExplorerFrame(
        name=f'keyframe {index}',
        xyz=sample['inputs']['points'][:, :3].cpu().numpy(),
        student=_student(ScanFeatures(voxels, place), head),
        teacher=teacher,
        truth=None if truth is None else truth.cpu().numpy(),
        images=list(taught['images'].permute(0, 2, 3, 1).cpu().numpy()),
        cameras=list(dataset.get_data_info(index)['images']),
        pairs=pairs)


def explore_scan(model: ZeroShotSegmentor, head: ZeroShotHead, cloud: Scan,
                 name: str) -> ExplorerFrame:
    """Run the student on a scan, which has neither images nor labels."""
    return ExplorerFrame(
        name=name,
        xyz=cloud.points[:, :3],
        student=_student(scan_features(model, cloud.points), head))


@torch.no_grad()
def _student(features: ScanFeatures, head: ZeroShotHead) -> SideFeatures:
    rows = unit_rows(features.voxels.float())
    return SideFeatures(rows.cpu().numpy(),
                        features.point2voxel.cpu().numpy(),
                        features.scores(head).argmax(1))
