"""Say what mmdet3d's inferencer of scans cannot read, and what can.

``LidarSeg3DInferencer`` of mmdet3d 1.4.0 takes the place of a test pipeline's
``LoadPointsFromFile``, and where there is none it names that step alone.
"""
import functools
from typing import Any

from mmdet3d.apis import LidarSeg3DInferencer

from ..errors import BadInput

_LOADER = 'LoadScanPoints'
_init_pipeline = LidarSeg3DInferencer._init_pipeline


def explain_unread_scans() -> None:
    """Refuse tests that read by ``LoadScanPoints``, with the remedy."""
    LidarSeg3DInferencer._init_pipeline = _explained


@functools.wraps(_init_pipeline)
def _explained(inferencer: LidarSeg3DInferencer, cfg: Any) -> Any:
    if any(step['type'] == _LOADER
           for step in cfg.test_dataloader.dataset.pipeline):
        raise BadInput(
            f"The model reads scans by {_LOADER}, and mmdet3d's "
            'LidarSeg3DInferencer by LoadPointsFromFile alone: label scans by '
            '`python tools/segment.py SCAN --model FOLDER`, or by '
            'reldistill_mm.apis.segment_file.')
    return _init_pipeline(inferencer, cfg)
