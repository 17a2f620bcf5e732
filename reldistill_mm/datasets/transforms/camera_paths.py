"""Hold the names of a keyframe's cameras against the paths of its images."""
import os.path
from collections.abc import Collection, Mapping

from ...errors import BadInput


def require_own_images(paths: Mapping[str, str]) -> None:
    """Refuse images that are another camera's by their path.

    What the paths have in common (``/data/front/``) says nothing. Beyond it
    the last folder, or part of the file's name between ``__``, that is called
    as a camera of the keyframe must be called as the own one, unless that
    stands there, too (``front/left`` of ``front_left``).

    Args:
        paths (Mapping[str, str]): Camera to the path of its image.

    Raises:
        BadInput: Two cameras share an image, or a path names another camera.

    Example:
        >>> require_own_images({'LEFT': 'a/LEFT/1.jpg', 'RIGHT': 'a/x/1.jpg'})
    """
    owner: dict[str, str] = {}
    for name, path in paths.items():
        if owner.setdefault(path, name) != name:
            raise BadInput(
                f"The cameras '{owner[path]}' and '{name}' of a keyframe "
                f"share the image '{path}': name the image of each "
                '(img_path), or leave one of them out of images.')
    parts = {name: path.split('/') for name, path in paths.items()}
    common = len(os.path.commonprefix(list(parts.values())))
    for name, own in parts.items():
        words = _words(own[common:])
        said = _camera_of(words, paths)
        if said is not None and name not in _joined(words):
            raise BadInput(
                f"Camera '{name}' has the image '{paths[name]}', whose path "
                f"names the camera '{said}' of the same keyframe: correct "
                "img_path in the info file, or the camera's folder in "
                'data_prefix.')


def _words(parts: list[str]) -> list[str]:
    """Split the end of a path into folders and the parts of a file's name."""
    *folders, file = parts or ['']
    stem = file.rpartition('.')[0] or file
    return [*folders, *stem.split('__'), stem]


def _camera_of(words: list[str], cameras: Collection[str]) -> str | None:
    """Find the camera that the end of a path is called by."""
    # A camera may be called 1, as is the first image of another.
    named = [
        word for word in words if word in cameras and not word.isdecimal()
    ]
    return named[-1] if named else None


def _joined(words: list[str]) -> set[str]:
    """Join neighbours: front/left may be front_left's."""
    return {
        '_'.join(words[start:end])
        for end in range(len(words) + 1)
        for start in range(end)
    }
