"""What mmdet3d's converter of KITTI's objects needs, told before it runs."""
from pathlib import Path

from ..errors import MissingInput

# Lists, and the folder of the frames that each names.
_SPLITS = dict(train='training', val='training', test='testing')
_FILES = dict(velodyne='.bin', image_2='.png', calib='.txt')


def require_kitti_objects(root: Path) -> None:
    """Refuse a folder of KITTI's objects that the converter fails on.

    Of each list only the first frame is looked for.

    Args:
        root (Path): Folder with ``ImageSets``, ``training`` and ``testing``.

    Raises:
        MissingInput: A list is missing or empty, or its first frame is.
    """
    for split, folder in _SPLITS.items():
        path = Path(root, 'ImageSets', f'{split}.txt')
        frames = path.read_text().split() if path.is_file() else []
        if not frames:
            raise MissingInput(
                f"'{path}' does not exist or is empty: mmdet3d's converter "
                'wants ImageSets/train.txt, val.txt and test.txt, each with '
                'a frame (000000) a line.')
        for kind, ending in _FILES.items():
            file = Path(root, folder, kind, f'{frames[0]}{ending}')
            if not file.is_file():
                raise MissingInput(
                    f"'{file}', the first frame of '{path}', does not exist: "
                    f"unpack KITTI's {folder}/{kind} there, or list frames "
                    "that are there (mmdet3d's converter wants one of each).")
