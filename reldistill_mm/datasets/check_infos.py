"""Refuse infos that cannot be keyframes; name which and why."""
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from mmcv.transforms import BaseTransform
from mmengine.logging import print_log

from ..errors import BadInput
from .transforms import LoadCachedPairs, LoadCameraImages


def info_name(info: Mapping) -> str:
    """Name a keyframe as its info file does."""
    for key in ('token', 'sample_id', 'sample_idx'):
        if info.get(key) is not None:
            return f"{key} '{info[key]}'"
    return 'without token or sample_idx'


def require_keyframe(info: dict, ann_file: str, cameras: bool) -> None:
    """Check the keys that a dataset joins to paths, before it does.

    A keyframe may have no cameras and no labels, whether the key is missing,
    None or empty.

    Args:
        info (dict): Info as the file has it; changed where a key is None, or
            a path is not text.
        ann_file (str): The file, for messages.
        cameras (bool): Whether cameras are read.

    Raises:
        BadInput: The message names the keyframe and the key.
    """
    cloud = info.get('lidar_points')
    for part in (info, cloud, *(info.get('images') or {}).values()):
        _write_out_paths(part)
    path = cloud.get('lidar_path') if isinstance(cloud, Mapping) else None
    if not isinstance(path, str) or not path:
        found = cloud if path is None else dict(lidar_path=path)
        raise BadInput(
            f"The keyframe {info_name(info)} of '{ann_file}' has no cloud: "
            f"lidar_points is {found!r:.80} and must be a dict with "
            'lidar_path. Name its file, or remove the keyframe.')
    if info.get('pts_semantic_mask_path', '') is None:
        del info['pts_semantic_mask_path']
    if not cameras:
        return
    info['images'] = info.get('images') or {}
    broken = [
        name for name, camera in info['images'].items()
        if camera is None or (isinstance(camera, Mapping) and not isinstance(
            camera.get('img_path', ''), (str, type(None))))
    ]
    if broken:
        raise BadInput(
            f"The keyframe {info_name(info)} of '{ann_file}' has nothing "
            f"under images['{broken[0]}'] that is a camera with img_path: "
            'correct it, or leave the camera out.')


def _write_out_paths(part: object) -> None:
    """Turn ``pathlib``'s paths into text, which datasets join to prefixes."""
    if isinstance(part, dict):
        part.update({
            key: str(value)
            for key, value in part.items() if isinstance(value, PurePath)
        })


def tell_repeated(infos: Sequence[Mapping], ann_file: str,
                  judged: bool) -> None:
    """Refuse keyframes that would count twice; of training sets, tell them.

    Args:
        infos (Sequence[Mapping]): Infos with ``lidar_points``.
        ann_file (str): Their file, for messages.
        judged (bool): Whether metrics are computed on them.

    Raises:
        BadInput: One is there twice, and metrics are computed.
    """
    counts = Counter((info_name(info), info['lidar_points']['lidar_path'])
                     for info in infos)
    twice = [key for key, count in counts.items() if count > 1]
    if not twice:
        return
    (name, path), several = twice[0], len(twice) > 1
    said = (f"'{ann_file}' lists {len(twice)} keyframe{'s' * several} more "
            f"than once, e.g. {name} ('{path}')")
    if judged:
        raise BadInput(f'{said}: metrics would count them as often. Remove '
                       'the repetitions.')
    print_log(
        f'{said}: training sees them as often.',
        logger='current',
        level=logging.WARNING)


def with_cameras(infos: list[dict], ann_file: str,
                 steps: Sequence[BaseTransform]) -> list[dict]:
    """Leave out keyframes without cameras where images are needed.

    Args:
        infos (list[dict]): Infos.
        ann_file (str): Their file, for messages.
        steps (Sequence[BaseTransform]): The pipeline. One that only asks
            which points a camera sees (``decode=False``) needs none.

    Returns:
        list[dict]: All of them, or those with cameras, told by a warning. If
        none has any, all: the pipeline says so.
    """
    kept = [info for info in infos if info.get('images')]
    if len(kept) in (0, len(infos)) or not any(map(_needs_images, steps)):
        return infos
    bare = next(info for info in infos if not info.get('images'))
    print_log(
        f"{len(infos) - len(kept)} of the {len(infos)} keyframes of "
        f"'{ann_file}' have no cameras ({info_name(bare)}, say) and are left "
        'out: nothing pairs their points with pixels.',
        logger='current',
        level=logging.WARNING)
    return kept


def _needs_images(step: BaseTransform) -> bool:
    return isinstance(step,
                      LoadCachedPairs) or (isinstance(step, LoadCameraImages)
                                           and step.decode)
