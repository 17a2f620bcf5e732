"""Compare zero-shot segmentation of a scan with mmdet3d's segmentor."""
from typing import Any

from mmengine.config import Config
from mmengine.hub import get_config
from torch import Tensor

from .measure import OTHER, OURS, Settings, Work, compare
from .recipe import Recipe, build_model, load, on_keyframe, sample_loader
from .upstream_baseline import without_cuda_calls

OTHER_WAY = "mmdet3d's MinkUNet with the same backbone, a linear head"


def run(settings: Settings) -> list[dict[str, Any]]:
    """Run the real keyframe's scan, all points, in a batch of one."""
    args = (on_keyframe(settings.data), )
    return [
        dict(
            case='one scan, voxels and labels of all points',
            other_way=OTHER_WAY,
            goal='',
            **compare(prepare, args, settings))
    ]


def prepare(recipe: Recipe, device: str) -> dict[str, Work]:
    """Prepare ``test_step`` of both models on a sample, words embedded."""
    config = load(recipe)
    sample = sample_loader(config.test_dataloader.dataset)()
    ours = build_model(config.model, device).eval()
    ours.prepare_words()
    other = build_model(supervised(config), device).eval()

    def segment(model: Any) -> Tensor:
        return model.test_step(sample)[0].pred_pts_seg.pts_semantic_mask

    def segment_with_mmdet3d() -> Tensor:
        with without_cuda_calls(device):
            return segment(other)

    return {OURS: lambda: segment(ours), OTHER: segment_with_mmdet3d}


def supervised(config: Config) -> dict:
    """Build mmdet3d's base model with this config's backbone and voxels."""
    model = get_config('mmdet3d::_base_/models/minkunet.py').model
    mine = config.model
    model.data_preprocessor.update(
        batch_first=True, voxel_layer=mine.data_preprocessor.voxel_layer)
    model.backbone = mine.backbone
    model.decode_head.update(
        channels=mine.projector.in_channels,
        num_classes=len(mine.zero_shot_head.classes))
    return model
