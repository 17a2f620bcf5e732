"""Write a bag's clouds and images as a folder of recordings."""
import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ....errors import BadInput, InputExists, MissingInput
from ....functional.closest import closest
from ....io.files import require_folder
from .. import poses as poses_file
from .. import rig_file
from ..plain_yaml import read_yaml
from .frames import FrameTree
from .messages import camera_of, cloud_of, image_of, stamp_of

_TF = '/tf', '/tf_static'
# image_rect, image_rect_color, rectified.
_RECTIFIED = re.compile(r'(^|[/_])rect')


def unpack_bag(bag: Path,
               out: Path,
               points: str,
               cameras: Mapping[str, str],
               infos: Mapping[str, str] | None = None,
               odometry: str | None = None,
               calibration: Path | None = None,
               intensity: float | None = None,
               every: int = 1) -> list[str]:
    """Unpack a bag of ROS 1 or 2.

    Args:
        bag (Path): Folder of a ROS 2 bag, or a .bag file of ROS 1.
        out (Path): New folder, in the layout of docs/own_data.md.
        points (str): Topic of PointCloud2.
        cameras (Mapping[str, str]): Name of each camera to the topic of its
            Image or CompressedImage.
        infos (Mapping[str, str], optional): Name of a camera to the topic of
            its CameraInfo. Defaults to None, ``camera_info`` beside the
            images.
        odometry (str, optional): Topic of Odometry, for poses. Defaults to
            None, no poses.
        calibration (Path, optional): YAML with the keys of
            ``calibration.yaml``, which count before what the bag says.
        intensity (float, optional): Intensity of every point, 0 to 255.
        every (int): Takes each such cloud alone. Defaults to 1.

    Returns:
        list[str]: Lines on what was found.

    Raises:
        MissingInput: No such bag or topic, or the package rosbags is missing.
        BadInput: A message that cannot be used, or a camera without a
            calibration.
        InputExists: The folder is not empty.
    """
    out = require_folder(out, '--out')
    if out.is_dir() and any(out.iterdir()):
        raise InputExists(f"'{out}' is not empty: give another --out, or "
                          'remove it.')
    if every < 1:
        raise BadInput(f'--every {every} must be at least 1.')
    given = read_yaml(calibration) if calibration else {}
    with _opened(bag) as reader:
        infos = _info_topics(reader, cameras, infos or {})
        wanted = [points, *cameras.values(), *([odometry] if odometry else [])]
        _require_topics(reader, wanted, bag)
        found = _read(reader, out, points, cameras, infos, odometry, intensity,
                      every, bag)
    rig, notes = _rig(found, cameras, given, bag)
    (out / rig_file.NAME).write_text(
        yaml.safe_dump(rig, default_flow_style=None, sort_keys=False))
    if found['poses']:
        (out / poses_file.NAME).write_text('\n'.join(found['poses']) + '\n')
    counts = ', '.join(f'{number} of {name}'
                       for name, number in found['counts'].items())
    return [f"'{bag}': {counts}", *notes]


@contextlib.contextmanager
def _opened(bag: Path) -> Iterator[Any]:
    try:
        from rosbags.highlevel import AnyReader
        from rosbags.typesys import Stores, get_typestore
    except ImportError as error:
        raise MissingInput('Bags are read by the package rosbags, which is '
                           'not installed: pip install rosbags.') from error
    if not Path(bag).exists():
        raise MissingInput(f"The bag '{bag}' does not exist.")
    try:
        # Bags of old versions of ROS 2 do not hold their messages' types.
        reader = AnyReader([Path(bag)],
                           default_typestore=get_typestore(Stores.ROS2_HUMBLE))
        reader.open()
    except Exception as error:
        reason = ' '.join(str(error).split())
        raise BadInput(
            f"'{bag}' is not a bag that can be read ({reason}): give the "
            'folder of a ROS 2 bag, with its metadata.yaml, or a .bag '
            'file.') from error
    try:
        yield reader
    finally:
        reader.close()


def _require_topics(reader: Any, topics: list[str], bag: Path) -> None:
    for topic in topics:
        if topic not in reader.topics:
            raise MissingInput(f"'{bag}' has no topic '{topic}'"
                               f'{closest(topic, reader.topics, 5)}')


def _info_topics(reader: Any, cameras: Mapping[str, str],
                 given: Mapping[str, str]) -> dict[str, str]:
    """Find each camera's CameraInfo, where there is one."""
    found = dict(given)
    for name in given:
        if name not in cameras:
            raise BadInput(f"--camera-info names the camera '{name}'"
                           f'{closest(name, cameras)}')
    for name, topic in cameras.items():
        base = topic.removesuffix('/compressed').rpartition('/')[0]
        if name not in found and f'{base}/camera_info' in reader.topics:
            found[name] = f'{base}/camera_info'
    _require_topics(reader, list(found.values()), reader.paths[0])
    return found


def _read(reader: Any, out: Path, points: str, cameras: Mapping[str, str],
          infos: Mapping[str, str], odometry: str | None,
          intensity: float | None, every: int, bag: Path) -> dict[str, Any]:
    """Write clouds and images; keep what calibrates them."""
    found: dict[str, Any] = dict(
        tree=FrameTree(), infos={}, frames={}, poses=[], body='', counts={})
    named = {topic: name for name, topic in cameras.items()}
    about = {topic: name for name, topic in infos.items()}
    topics = {points, *named, *about, *_TF, odometry}
    connections = [c for c in reader.connections if c.topic in topics]
    seen = 0
    for connection, received, raw in reader.messages(connections):
        topic = connection.topic
        if topic == points:
            seen += 1
            if (seen - 1) % every:
                continue
        message = reader.deserialize(raw, connection.msgtype)
        try:
            if topic == points:
                cloud = cloud_of(message, intensity)
                path = _place(out / 'points', message, received, '.npy')
                np.save(path, cloud)
                found['frames'].setdefault('', message.header.frame_id)
            elif topic in named:
                content, ending = image_of(message)
                folder = out / 'images' / named[topic]
                _place(folder, message, received, ending).write_bytes(content)
                found['frames'].setdefault(named[topic],
                                           message.header.frame_id)
            elif topic in about:
                found['infos'].setdefault(about[topic], message)
                continue
            elif topic in _TF:
                found['tree'].add(message)
                continue
            else:
                found['poses'].append(_pose_line(message, received))
                found['body'] = message.child_frame_id
                continue
        except BadInput as error:
            raise BadInput(f"A message of '{topic}' in '{bag}' {error}.") \
                from error
        found['counts'][topic] = found['counts'].get(topic, 0) + 1
    return found


def _place(folder: Path, message: Any, received: int, ending: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # The folder's reader takes 19 digits for nanoseconds.
    return folder / f'{stamp_of(message, received):019d}{ending}'


def _pose_line(message: Any, received: int) -> str:
    place, turn = message.pose.pose.position, message.pose.pose.orientation
    stamp = stamp_of(message, received)
    values = place.x, place.y, place.z, turn.x, turn.y, turn.z, turn.w
    seconds = f'{stamp // 10**9}.{stamp % 10**9:09d}'
    return ' '.join((seconds, *(f'{value:.12g}' for value in values)))


def _rig(found: dict[str, Any], cameras: Mapping[str, str], given: dict,
         bag: Path) -> tuple[dict, list[str]]:
    """Join what the bag and the file say of the calibration."""
    notes: list[str] = []
    told = given.get('cameras')
    told = dict(told) if isinstance(told, Mapping) else {}
    rig: dict = dict(cameras={})
    lidar = found['frames'].get('', '')
    for name, topic in cameras.items():
        camera: dict = {}
        own = dict(told.get(name) or {})
        if name in found['infos'] and 'cam2img' not in own:
            rectified = _RECTIFIED.search(topic) is not None
            try:
                camera = camera_of(found['infos'][name], rectified)
            except BadInput as error:
                raise BadInput(f"The CameraInfo of camera '{name}' in '{bag}' "
                               f'{error}.') from error
            if rectified:
                notes.append(f"{name}: '{topic}' is taken to be rectified: "
                             'intrinsics are P, without a lens')
        between = found['tree'].between(lidar, found['frames'].get(name, ''))
        if between is not None and not {'lidar2cam', 'cam2lidar'} & set(own):
            camera['lidar2cam'] = between.tolist()
        camera.update(own)
        missing = [
            key for key, kinds in (('cam2img', {'cam2img'}),
                                   ('lidar2cam', {'lidar2cam', 'cam2lidar'}))
            if not kinds & set(camera)
        ]
        if missing:
            frames = f"'{lidar}' to '{found['frames'].get(name, '')}'"
            raise BadInput(
                f"'{bag}' does not say {' and '.join(missing)} of camera "
                f"'{name}' (no CameraInfo, or no tf from {frames}): give it "
                'in a file as docs/own_data.md shows (--calibration).')
        rig['cameras'][name] = camera
    if found['poses'] and 'lidar2ego' not in given:
        mounted = found['tree'].between(lidar, found['body'])
        if mounted is None:
            notes.append(f"tf has no '{found['body']}' for '{lidar}': the "
                         "odometry's poses are taken for the LiDAR's")
        else:
            rig['lidar2ego'] = mounted.tolist()
    rig.update({k: v for k, v in given.items() if k != 'cameras'})
    return rig, notes
