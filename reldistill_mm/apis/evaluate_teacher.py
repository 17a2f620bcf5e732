"""The teacher of a config, judged on one of the config's splits."""

from mmdet3d.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.device import get_device

from .distillation_config import split_dataset
from .teacher_at_pairs import teacher_iou


def evaluate_teacher(cfg: Config, split: str = 'val') -> dict[str, float]:
    """mIoU of the teacher's own labels at the pairs.

    Args:
        cfg (Config): Config from :func:`.distillation_config`; not changed.
        split (str): 'val' or 'train'.

    Returns:
        dict[str, float]: See :func:`.teacher_iou`.

    Raises:
        BadInput: A model without words, or keyframes without labels.
    """
    dataset = DATASETS.build(split_dataset(cfg, split))
    model = MODELS.build(cfg.model).to(get_device()).eval()
    return teacher_iou(model, dataset)
