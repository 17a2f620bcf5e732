"""Which image of a camera belongs to which cloud."""
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ...errors import BadInput
from .listing import TIMES, Files


class Match(NamedTuple):
    """Images of one camera for the clouds.

    Attributes:
        images (dict[str, str]): Cloud to image, by their names; clouds
            without an image are missing.
        by (str): 'name' or 'time'.
        gaps (dict[str, float]): Cloud to the seconds from it to its image;
            empty where no times are known.
    """
    images: dict[str, str]
    by: str
    gaps: dict[str, float]

    @property
    def largest(self) -> tuple[str, float] | None:
        """Cloud that is farthest from its image, and the seconds."""
        if not self.gaps:
            return None
        name = max(self.gaps, key=lambda cloud: abs(self.gaps[cloud]))
        return name, self.gaps[name]


def match_images(camera: str, clouds: Files, images: Files,
                 max_gap: float) -> Match:
    """Match by name where names are alike, else by the nearest time.

    Args:
        camera (str): Name of the camera, for messages.
        clouds, images (Files): The files, of which at least one each.
        max_gap (float): Seconds beyond which an image does not belong to a
            cloud.

    Returns:
        Match: The matches; with the gaps where both have times.

    Raises:
        BadInput: Names differ and times are missing, or nothing matches.

    Example:
        >>> clouds = Files(dict(a='a.bin', b='b.bin'), dict(a=0., b=1.))
        >>> images = Files(dict(x='x.jpg', y='y.jpg'), dict(x=.98, y=.02))
        >>> match_images('front', clouds, images, 0.1).images
        {'a': 'y', 'b': 'x'}
    """
    timed = bool(clouds.times and images.times)
    same = {name: name for name in clouds.paths if name in images.paths}
    # Names that are times may be alike by chance.
    few = 2 * len(same) < min(len(clouds.paths), len(images.paths))
    if same and not (timed and few):
        found, by = same, 'name'
    elif timed:
        found, by = _nearest(clouds.times, images.times), 'time'
    else:
        raise BadInput(
            f"No image of camera '{camera}' is called as a cloud "
            f"('{next(iter(clouds.paths))}' and "
            f"'{next(iter(images.paths))}', say), and "
            f"{'its images' if clouds.times else 'the clouds'} have no times: "
            f'give both the same names, or put a {TIMES} beside them (a name '
            'and seconds per line).')
    gaps = {}
    if timed:
        gaps = {
            cloud: images.times[image] - clouds.times[cloud]
            for cloud, image in found.items()
        }
        least = min(gaps.values(), key=abs)
        found = {c: i for c, i in found.items() if abs(gaps[c]) <= max_gap}
        if not found:
            raise BadInput(
                f"Every image of camera '{camera}' is {abs(least):.3g} s or "
                'more from its cloud: the clocks differ or the times are not '
                'in seconds (correct them), or max_gap of '
                'calibration.yaml is too small '
                f'({max_gap:g} s).')
        gaps = {cloud: gaps[cloud] for cloud in found}
    return Match(found, by, gaps)


def _nearest(clouds: Mapping[str, float],
             images: Mapping[str, float]) -> dict[str, str]:
    names = sorted(images, key=lambda name: images[name])
    times = np.array([images[name] for name in names])
    found = {}
    for cloud, time in clouds.items():
        right = int(np.clip(np.searchsorted(times, time), 1,
                            len(times) - 1)) if len(times) > 1 else 0
        near = [index for index in (right - 1, right) if index >= 0]
        found[cloud] = names[min(near, key=lambda i: abs(times[i] - time))]
    return found
