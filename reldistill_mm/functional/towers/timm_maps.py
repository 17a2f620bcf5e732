"""Convolutional towers of timm in open_clip: ConvNeXt, MobileCLIP-S."""
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from .tower import Tower, check_size


class TimmMaps(Tower):
    """Each cell of the last map, taken by the head as a map of one cell.

    The head pools (an average, which leaves one cell as it is), norms and
    projects. So ConvNeXt CLIPs are read for open-vocabulary segmentation: Yu
    et al., "Convolutions Die Hard: Open-Vocabulary Segmentation with Single
    Frozen Convolutional CLIP", NeurIPS 2023.
    """
    family = "timm's convolutional towers (ConvNeXt, MobileCLIP-S)"

    @classmethod
    def reads(cls, visual: Any) -> bool:
        """See :meth:`Tower.reads`."""
        trunk = getattr(visual, 'trunk', None)
        return hasattr(visual, 'head') and hasattr(
            trunk, 'stages') and not hasattr(trunk, 'blocks')

    def why_not(self) -> str:
        """See :meth:`Tower.why_not`."""
        if getattr(self.visual.head, 'pool', None) is not None:
            return 'its cells are pooled by attention (timm_pool)'
        return ''

    @property
    def strides(self) -> Sequence[int]:
        """The own stride alone."""
        return (self.visual.trunk.feature_info[-1]['reduction'], )

    def dense(self, images: Tensor, stride: int, path: str) -> Tensor:
        """See :meth:`Tower.dense`."""
        check_size(images, stride)
        maps = self.visual.trunk.forward_features(images)
        count, _, height, width = maps.shape
        cells = maps.permute(0, 2, 3, 1).flatten(0, 2)[:, :, None, None]
        cells = self.visual.head(self.visual.trunk.forward_head(cells))
        return cells.reshape(count, height, width, -1).permute(0, 3, 1, 2)

    def pooled(self, images: Tensor) -> Tensor:
        """See :meth:`Tower.pooled`."""
        check_size(images, self.strides[0])
        return self.visual(images)
