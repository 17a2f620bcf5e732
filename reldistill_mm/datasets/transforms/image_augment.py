"""Augment camera images and move the pairs' pixels with them."""
from collections.abc import Mapping, Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...functional import PointPixelPairs, crop_pixels, flip_pixels
from ...io.camera_image import resize_crop
from .moved import CAMERAS_MOVED

Box = tuple[int, int, int, int]


@TRANSFORMS.register_module()
class ResizedCropCameras(BaseTransform):
    """Crop each camera's image at random and resize it to one size.

    The crop is drawn first; an image that is not decoded yet is then decoded
    no finer than the result needs (:func:`resize_crop`). Pairs that fall
    outside the crop are dropped, the others move with the image:
    ``(u + 0.5) * s - 0.5``.

    Required Keys: camera_imgs, img_shapes, pairs (optional)

    Modified Keys: camera_imgs (V arrays of ``size``), img_shapes, pairs

    Args:
        size (tuple[int, int]): (height, width) of the result, multiples of
            the teacher's patch size.
        area (tuple[float, float], optional): Range of the crop's share of
            the image. None takes the whole image. Defaults to (0.3, 1).
        ratio (tuple[float, float]): Range of width / height. Defaults to
            (14 / 9, 17 / 9), SLidR's.
        min_pairs (int): A crop that keeps fewer pairs is drawn again, at
            most ten times; then the best draw is taken. Defaults to 32.
    """
    needs_cameras = moves = True

    @staticmethod
    def random(step: Mapping) -> bool:
        """Whether a step draws: whole images are only resized."""
        return step.get('area', ()) is not None

    def __init__(self,
                 size: tuple[int, int],
                 area: tuple[float, float] | None = (0.3, 1.0),
                 ratio: tuple[float, float] = (14 / 9, 17 / 9),
                 min_pairs: int = 32) -> None:
        height, width = size
        self.size = (height, width)
        self.area = area
        self.ratio = ratio
        self.min_pairs = min_pairs

    def transform(self, results: dict) -> dict:
        pairs: PointPixelPairs | None = results.get('pairs')
        images, moved = [], []
        for camera, image in enumerate(results['camera_imgs']):
            mine = None
            if pairs is not None:
                mine = pairs.select(pairs.camera == camera)
            box = self._draw(image.shape[:2], mine)
            images.append(resize_crop(image, box, self.size))
            if mine is not None:
                moved.append(self._move(mine, box))
        results['camera_imgs'] = images
        results['img_shapes'] = [self.size] * len(images)
        results[CAMERAS_MOVED] = type(self).__name__
        if pairs is not None:
            results['pairs'] = PointPixelPairs.concatenate(moved)
        return results

    def _move(self, pairs: PointPixelPairs, box: Box) -> PointPixelPairs:
        uv, inside = crop_pixels(pairs.uv, box, self.size)
        return pairs._replace(uv=uv).select(inside)

    def _draw(self, shape: Sequence[int],
              pairs: PointPixelPairs | None) -> Box:
        """Draw a box (left, top, right, bottom); the tries are bounded."""
        if self.area is None:
            return 0, 0, shape[1], shape[0]
        best = random_box(shape, self.area, self.ratio)
        if pairs is None:
            return best
        wanted = min(len(pairs.uv), self.min_pairs)
        most = self._count(pairs, best)
        for _ in range(9):
            if most >= wanted:
                break
            box = random_box(shape, self.area, self.ratio)
            kept = self._count(pairs, box)
            if kept > most:
                best, most = box, kept
        return best

    def _count(self, pairs: PointPixelPairs, box: Box) -> int:
        return int(crop_pixels(pairs.uv, box, self.size)[1].sum())

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(size={self.size}, area={self.area}, '
                f'ratio={self.ratio}, min_pairs={self.min_pairs})')


def random_box(shape: Sequence[int], area: Sequence[float],
               ratio: Sequence[float]) -> Box:
    """Draw a crop with uniform area and uniform log ratio.

    A shape that would not fit is shrunk; its ratio is kept.

    Args:
        shape (Sequence[int]): (height, width) of the image.
        area (Sequence[float]): Range of the crop's share of the image.
        ratio (Sequence[float]): Range of width / height.

    Returns:
        Box: Left, top, right, bottom in whole pixels.
    """
    height, width = shape[:2]
    smallest, largest = area
    target = height * width * np.random.uniform(smallest, largest)
    narrowest, widest = np.log(np.asarray(ratio))
    aspect = np.exp(np.random.uniform(narrowest, widest))
    crop_width, crop_height = np.sqrt(target * aspect), np.sqrt(target /
                                                                aspect)
    shrink = min(1, width / crop_width, height / crop_height)
    crop_width = max(1, round(crop_width * shrink))
    crop_height = max(1, round(crop_height * shrink))
    left = np.random.randint(width - crop_width + 1)
    top = np.random.randint(height - crop_height + 1)
    return left, top, left + crop_width, top + crop_height


@TRANSFORMS.register_module()
class RandomFlipCameras(BaseTransform):
    """Flip each camera's image left to right, independently.

    Required Keys: camera_imgs, pairs (optional)

    Modified Keys: camera_imgs, pairs

    Args:
        prob (float): Probability of a flip. Defaults to 0.5.
    """
    needs_cameras = moves = random = True

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def transform(self, results: dict) -> dict:
        pairs: PointPixelPairs | None = results.get('pairs')
        images = list(results['camera_imgs'])
        results[CAMERAS_MOVED] = type(self).__name__
        if pairs is not None:
            results['pairs'] = pairs = pairs._replace(uv=pairs.uv.copy())
        for camera, image in enumerate(images):
            if np.random.rand() >= self.prob:
                continue
            # A view suffices: PackPairs copies every image once in any case.
            images[camera] = image = np.asarray(image)[:, ::-1]
            if pairs is not None:
                mine = pairs.camera == camera
                pairs.uv[mine] = flip_pixels(pairs.uv[mine], image.shape[1])
        results['camera_imgs'] = images
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob})'
