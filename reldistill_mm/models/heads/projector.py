"""Project the backbone's features to CLIP's joint space."""

from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn


@MODELS.register_module()
class PointProjector(BaseModule):
    """A linear layer, or two with a ReLU between, on each row.

    Args:
        in_channels (int): Width of the backbone's features.
        out_channels (int): Width of the teacher's joint space.
        hidden_channels (int, optional): Width between two layers. Defaults
            to None, one layer.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 hidden_channels: int | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.out_channels = out_channels
        self.layers: nn.Module
        if hidden_channels is None:
            self.layers = nn.Linear(in_channels, out_channels)
        else:
            self.layers = nn.Sequential(
                nn.Linear(in_channels, hidden_channels), nn.ReLU(inplace=True),
                nn.Linear(hidden_channels, out_channels))

    def forward(self, features: Tensor) -> Tensor:
        """Project (N, in_channels) to (N, out_channels), not normalised."""
        return self.layers(features)
