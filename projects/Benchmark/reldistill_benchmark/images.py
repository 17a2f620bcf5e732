"""Compare loading at the teacher's size with decoding all, then resizing."""
import io
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from reldistill_mm.io.camera_image import Box, CameraImage, resize_crop
from .keyframe import Keyframe, load_keyframe
from .measure import OTHER, OURS, Settings, Work, compare

SIZE = (224, 416)
OTHER_WAYS = dict(
    pillow='Pillow, all pixels, the same bicubic filter',
    opencv='OpenCV, all pixels, INTER_AREA')
GOALS = dict(pillow='ratio at least 2', opencv='')


def run(settings: Settings) -> list[dict[str, Any]]:
    """Compare whole images and crops with both libraries."""
    frame = load_keyframe(settings.data)
    height, width = frame.cameras[0].height, frame.cameras[0].width
    rows = []
    for crop in (False, True):
        part = 'random crops of' if crop else 'whole'
        for library, words in OTHER_WAYS.items():
            case = (f'{frame.name}, {len(frame.cameras)} JPEGs, {part} '
                    f'{width}x{height} to {SIZE[1]}x{SIZE[0]}')
            args = (settings.data, crop, library)
            rows.append(
                dict(
                    case=case,
                    other_way=words,
                    goal=GOALS[library],
                    **compare(prepare, args, settings)))
    return rows


def prepare(data: str, crop: bool, library: str,
            device: str) -> dict[str, Work]:
    """Prepare both ways, on the CPU like the loader's workers."""
    return implementations(load_keyframe(data), SIZE, crop, library)


def implementations(frame: Keyframe, size: tuple, crop: bool,
                    library: str) -> dict[str, Work]:
    """Return both ways on a keyframe's images."""
    cv2.setNumThreads(torch.get_num_threads())
    files = [camera.jpeg for camera in frame.cameras]
    rng = np.random.default_rng(0)
    boxes = [
        draw_box(rng, camera.height, camera.width) if crop else
        (0, 0, camera.width, camera.height) for camera in frame.cameras
    ]
    other_way = dict(pillow=with_pillow, opencv=with_opencv)[library]

    def ours() -> list[np.ndarray]:
        return [
            resize_crop(CameraImage(file, 'a camera'), box, size)
            for file, box in zip(files, boxes)
        ]

    def other() -> list[np.ndarray]:
        return [other_way(file, box, size) for file, box in zip(files, boxes)]

    return {OURS: ours, OTHER: other}


def draw_box(rng: np.random.Generator, height: int, width: int) -> Box:
    """Draw a crop of the image's shape with 0.3 to 1 of its area."""
    side = np.sqrt(rng.uniform(.3, 1))
    crop_width, crop_height = round(width * side), round(height * side)
    left = int(rng.integers(width - crop_width + 1))
    top = int(rng.integers(height - crop_height + 1))
    return left, top, left + crop_width, top + crop_height


def with_pillow(file: bytes, box: Box, size: tuple) -> np.ndarray:
    """Decode the whole image, make an array, crop and resize."""
    image = np.asarray(Image.open(io.BytesIO(file)).convert('RGB'))
    left, top, right, bottom = box
    part = Image.fromarray(image[top:bottom, left:right])
    return np.asarray(part.resize(size[::-1], Image.BICUBIC))


def with_opencv(file: bytes, box: Box, size: tuple) -> np.ndarray:
    """Decode the whole image, crop, resize; BGR to RGB on the result."""
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    left, top, right, bottom = box
    part = cv2.resize(
        image[top:bottom, left:right],
        size[::-1],
        interpolation=cv2.INTER_AREA)
    return part[..., ::-1]
