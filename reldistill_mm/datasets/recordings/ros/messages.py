"""Clouds, images and calibrations in ROS's messages.

Fields as in the definitions of sensor_msgs (PointCloud2, PointField, Image,
CompressedImage, CameraInfo); ROS 1 writes those of CameraInfo in capitals.
"""
import io
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ....errors import BadInput
from ...scans.read_scan import INTENSITIES

# PointField.datatype.
_TYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4',
          8: 'f8'}  # yapf: disable
_CHANNELS = {'rgb8': 3, 'bgr8': 3, 'rgba8': 4, 'bgra8': 4, 'mono8': 1,
             '8UC1': 1, '8UC3': 3}  # yapf: disable
# ROS names the first pixels, OpenCV those of the second row and column.
_BAYER = {
    'bayer_rggb8': cv2.COLOR_BayerBG2RGB,
    'bayer_bggr8': cv2.COLOR_BayerRG2RGB,
    'bayer_gbrg8': cv2.COLOR_BayerGR2RGB,
    'bayer_grbg8': cv2.COLOR_BayerGB2RGB,
}
_MODELS = {
    'plumb_bob': 'brown_conrady',
    'rational_polynomial': 'brown_conrady',
    'equidistant': 'kannala_brandt',
    'fisheye': 'kannala_brandt',
}


def cloud_of(message: Any, intensity: float | None = None) -> np.ndarray:
    """Points of a PointCloud2, whatever its fields' order and padding.

    Args:
        message (Any): The message.
        intensity (float, optional): Intensity of every point, 0 to 255.
            Defaults to None, the message's own.

    Returns:
        np.ndarray: (N,) records of x, y, z and intensity; points that are not
        finite are left out.

    Raises:
        BadInput: It has no x, y, z or no intensity, or is incomplete.
    """
    order = '>' if message.is_bigendian else '<'
    names = [field.name for field in message.fields]
    found = next((name for name in names if name.lower() in INTENSITIES), None)
    if not {'x', 'y', 'z'} <= set(names):
        raise BadInput(f'has the fields {names}, not x, y and z')
    if found is None and intensity is None:
        raise BadInput(f'has no intensity among its fields {names}: give '
                       'every point one (--intensity 20)')
    wanted = ['x', 'y', 'z'] + ([] if intensity is not None else [str(found)])
    fields = {field.name: field for field in message.fields}
    dtype = np.dtype(
        dict(
            names=wanted,
            formats=[order + _TYPES[fields[name].datatype] for name in wanted],
            offsets=[fields[name].offset for name in wanted],
            itemsize=message.point_step))
    data = np.asarray(message.data, np.uint8).tobytes()
    step = message.row_step or message.width * message.point_step
    if len(data) < (message.height - 1) * step + (message.width *
                                                  message.point_step):
        raise BadInput(f'holds {len(data)} bytes, not {message.height} rows '
                       f'of {step}')
    rows = [
        np.frombuffer(data, dtype, message.width, row * step)
        for row in range(message.height)
    ]
    table = np.concatenate(rows) if rows else np.zeros(0, dtype)
    kind = np.float32 if table['x'].dtype.itemsize <= 4 else np.float64
    out = np.zeros(
        len(table), [('x', kind), ('y', kind), ('z', kind),
                     ('intensity', np.float32)])
    for name in 'xyz':
        out[name] = table[name]
    out['intensity'] = table[str(found)] if intensity is None else intensity
    finite = np.all(
        [np.isfinite(out[name]) for name in ('x', 'y', 'z', 'intensity')], 0)
    return out[finite]


def image_of(message: Any) -> tuple[bytes, str]:
    """An Image or CompressedImage as a file.

    Returns:
        tuple[bytes, str]: The file's bytes and its ending; JPEG and PNG as
        they are, others as PNG.

    Raises:
        BadInput: An encoding that is not of 8 bits per colour, or unknown.
    """
    data = np.asarray(message.data, np.uint8)
    if not hasattr(message, 'encoding'):
        content = data.tobytes()
        if content[:3] == b'\xff\xd8\xff':
            return content, '.jpg'
        if content[:8] == b'\x89PNG\r\n\x1a\n':
            return content, '.png'
        raise BadInput(f'is compressed as {message.format!r}, neither JPEG '
                       'nor PNG')
    picture = Image.fromarray(_pixels(message, data))
    out = io.BytesIO()
    picture.save(out, 'PNG')
    return out.getvalue(), '.png'


def _pixels(message: Any, data: np.ndarray) -> np.ndarray:
    encoding = message.encoding
    channels = 1 if encoding in _BAYER else _CHANNELS.get(encoding)
    if channels is None:
        known = ', '.join((*_CHANNELS, *_BAYER))
        raise BadInput(f'has the encoding {encoding!r}, not one of {known}: '
                       'convert it (image_proc), or record it compressed')
    size = message.width * channels
    if len(data) < message.height * message.step or message.step < size:
        raise BadInput(f'holds {len(data)} bytes, not {message.height} rows '
                       f'of {message.step}')
    rows = data[:message.height * message.step].reshape(
        message.height, message.step)[:, :size]
    if encoding in _BAYER:
        return cv2.cvtColor(np.ascontiguousarray(rows), _BAYER[encoding])
    image = rows.reshape(message.height, message.width, channels)
    if channels == 1:
        return np.repeat(image, 3, 2)
    if encoding.startswith(('bgr', '8UC3')):
        return np.ascontiguousarray(image[..., 2::-1])
    return np.ascontiguousarray(image[..., :3])


def camera_of(message: Any, rectified: bool = False) -> dict:
    """Intrinsics of a CameraInfo, with the keys of ``calibration.yaml``.

    Args:
        message (Any): The message.
        rectified (bool): Whether its images are rectified: intrinsics are
            then P, without a lens. Defaults to False.

    Raises:
        BadInput: An unknown lens, or images that were cut or binned.
    """

    def field(name: str) -> np.ndarray:
        value = getattr(message, name, None)
        return np.asarray(
            getattr(message, name.upper()) if value is None else value,
            np.float64)

    region = message.roi
    if max(message.binning_x, message.binning_y) > 1 or (
            region.width and
        (region.width, region.height) != (message.width, message.height)):
        raise BadInput('says that images are binned or a part of the '
                       "sensor's: give their own cam2img in --calibration")
    found = dict(width=int(message.width), height=int(message.height))
    matrix = field('p').reshape(
        3, 4)[:, :3] if rectified else field('k').reshape(3, 3)
    if not matrix.any():
        raise BadInput('has no intrinsics: the camera was not calibrated; '
                       'give cam2img in --calibration')
    lens = {}
    values = field('d').tolist()
    if any(values) and not rectified:
        model = _MODELS.get(message.distortion_model)
        if model is None:
            raise BadInput(f'has the distortion_model '
                           f'{message.distortion_model!r}, not one of '
                           f'{", ".join(_MODELS)}: give camera_model and '
                           'distortion in --calibration')
        lens = dict(camera_model=model, distortion=values)
    return dict(cam2img=matrix.tolist(), **lens, **found)


def stamp_of(message: Any, received: int) -> int:
    """Nanoseconds of a message's header; when it was received if it is 0."""
    stamp = message.header.stamp
    nanoseconds = int(stamp.sec) * 10**9 + int(
        getattr(stamp, 'nanosec', getattr(stamp, 'nsec', 0)))
    return nanoseconds or received
