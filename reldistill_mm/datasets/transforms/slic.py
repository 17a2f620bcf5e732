"""Superpixels of the images, made while they are loaded."""
from math import inf
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from ...functional import segments_at


@TRANSFORMS.register_module()
class SlicSuperpixels(BaseTransform):
    """Give each pair its superpixel, by SLIC on the images as they are here.

    After :class:`ResizedCropCameras` it divides the crops that the teacher
    sees; right after :class:`PairPointsWithPixels`, the whole images, at
    many times the cost. ``tools/make_superpixels.py`` does so once for all
    epochs.

    Required Keys: camera_imgs, pairs

    Modified Keys: pairs (``segment``)

    Args:
        segments (int): About how many segments an image gets. This and the
            other defaults are those of SLidR (Sautier et al., CVPR 2022), on
            whole images of nuScenes. Defaults to 150.
        compactness (float): Weight of nearness against likeness of colour.
            Defaults to 6.
        sigma (float): Width of the Gaussian that smooths the image first, in
            pixels. Defaults to 3.

    Raises:
        BadInput: A number out of its range, or no images or pairs.
    """
    needs_cameras = segments_pairs = True
    random = False

    def __init__(self,
                 segments: int = 150,
                 compactness: float = 6.0,
                 sigma: float = 3.0) -> None:
        check_slic(segments, compactness, sigma)
        self.how: dict[str, Any] = dict(
            segments=segments, compactness=compactness, sigma=sigma)

    def transform(self, results: dict) -> dict:
        images = results.get('camera_imgs')
        pairs = results.get('pairs')
        if images is None or pairs is None:
            raise BadInput(
                'SlicSuperpixels needs images and pairs: put it after '
                'LoadCameraImages and PairPointsWithPixels (cached pairs have '
                'their superpixels, if paired_pipeline has this step).')
        maps = [slic_segments(image, **self.how) for image in images]
        segment = segments_at(maps, [each.shape for each in maps], pairs)
        results['pairs'] = pairs._replace(segment=segment)
        return results

    def __repr__(self) -> str:
        how = ', '.join(f'{name}={value}' for name, value in self.how.items())
        return f'{type(self).__name__}({how})'


def check_slic(segments: int, compactness: float, sigma: float) -> None:
    """Refuse arguments of :func:`slic_segments` that cannot be right."""
    if not (segments > 0 and 0 < compactness < inf and 0 <= sigma < inf):
        raise BadInput(
            'SLIC needs positive segments and compactness and a sigma that '
            'is not negative, all of them finite, got '
            f'{segments}, {compactness} and {sigma}.')


def slic_segments(image: np.ndarray,
                  segments: int = 150,
                  compactness: float = 6.0,
                  sigma: float = 3.0) -> np.ndarray:
    """Divide an image by SLIC (Achanta et al., 2012), as scikit-image does.

    Args:
        image (np.ndarray): (H, W, 3) uint8 RGB, or what makes one.
        segments, compactness, sigma: See :class:`SlicSuperpixels`.

    Returns:
        np.ndarray: (H, W) int64 from 0 on.
    """
    # Half a second that configs without superpixels need not wait.
    from skimage.segmentation import slic
    return slic(
        np.ascontiguousarray(image),
        n_segments=segments,
        compactness=compactness,
        sigma=sigma,
        start_label=0)
