"""Write the superpixels of a config's images."""
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from mmdet3d.registry import DATASETS
from mmengine.config import Config
from torch.utils.data import DataLoader, Dataset

from ..cli.checks import check_ranks
from ..cli.progress import track
from ..cli.torch_errors import explain_torch
from ..datasets.transforms.slic import check_slic, slic_segments
from ..datasets.wrapped import wrapped_datasets
from ..errors import BadInput, MissingInput
from ..io.camera_image import CameraImage
from ..io.remote import read_bytes, write_bytes
from ..io.segment_map import encode_segments, maker_of, segment_path
from ..teacher_cache.keyframes import unwrapped
from .distillation_config import distillation_config, split_dataset


def make_superpixels(config: str,
                     files: str | None = None,
                     split: str = 'train',
                     segments: int = 150,
                     compactness: float = 6.0,
                     sigma: float = 3.0,
                     workers: int = 2,
                     options: dict | None = None,
                     rank: int = 0,
                     world_size: int = 1) -> tuple[str, Counter]:
    """Write a SLIC map for each image, where there is none yet.

    Any number of processes may do so at once: files are written whole, and
    those of equal arguments are equal.

    Args:
        config (str): A distillation config.
        files (str, optional): Pattern of the files' names, which end in
            ``.png``; see :func:`reldistill_mm.io.segment_map.segment_path`.
            Defaults to None: that of the config's :class:`LoadSuperpixels`,
            else ``superpixels/{camera}/{stem}.png`` in the ``data_root``.
        split (str): 'train' or 'val'. Defaults to 'train'.
        segments, compactness, sigma: See :class:`SlicSuperpixels`.
        workers (int): Processes that share the work. Defaults to 2.
        options (dict, optional): Changes of the config.
        rank, world_size (int): Of so many processes this one makes each
            ``world_size``-th map. Default to 0 and 1, all.

    Returns:
        tuple[str, Counter]: The pattern, and the number of maps that were
        'made' and 'kept'.

    Raises:
        MissingInput: An image does not exist.
        BadInput: A number out of its range, a pattern that gives two images
            one file, or a file that something else has written.
    """
    check_slic(segments, compactness, sigma)
    if workers < 0:
        raise BadInput(f'--workers must not be negative, as {workers} is.')
    check_ranks(rank, world_size)
    cfg = distillation_config(config, options)
    dataset_cfg = split_dataset(cfg, split)
    if files is None:
        files = _configured(cfg) or (f'{_data_root(dataset_cfg)}/superpixels/'
                                     '{camera}/{stem}.png')
    if not files.endswith('.png'):
        raise BadInput(f"'{files}' does not end in .png, which these files "
                       'are: name them {camera}/{stem}.png, say (--files).')
    images = _images(DATASETS.build(dataset_cfg), files)[rank::world_size]
    maps = _Maps(images,
                 dict(segments=segments, compactness=compactness, sigma=sigma),
                 cfg.get('backend_args'))
    loader = DataLoader(
        maps, batch_size=None, num_workers=workers, collate_fn=str)
    with explain_torch():
        return files, Counter(track((loader, len(maps))))


class _Image(NamedTuple):
    """An image, and the file of its map."""
    image: str
    file: str


class _Maps(Dataset):
    """Maps that are made when they are asked for: each says what was done."""

    def __init__(self, images: list[_Image], how: dict[str, Any],
                 backend_args: dict | None) -> None:
        self.images, self.how = images, how
        self.backend_args = backend_args or None

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> str:
        image, file = self.images[index]
        if self._kept(file):
            return 'kept'
        try:
            content = read_bytes(image, self.backend_args)
        except FileNotFoundError as error:
            raise MissingInput(f"The image '{image}' does not exist; check "
                               'data_root and data_prefix.') from error
        found = slic_segments(
            np.asarray(CameraImage(content, image)), **self.how)
        write_bytes(file, encode_segments(found, self._maker),
                    self.backend_args)
        return 'made'

    @property
    def _maker(self) -> str:
        how = ' '.join(f'{key}={value}' for key, value in self.how.items())
        return f'reldistill_mm SLIC {how}'

    def _kept(self, file: str) -> bool:
        """Whether the map is there; refuse what is not to be replaced."""
        try:
            found = maker_of(read_bytes(file, self.backend_args))
        except FileNotFoundError:
            return False
        if found != self._maker:
            raise BadInput(
                f"'{file}' is there, made by {found or 'another tool'} and "
                f'not by {self._maker}: remove it, or name other files '
                '(--files).')
        return True


def _images(dataset: Any, files: str) -> list[_Image]:
    """List each image once, with a file of its own."""
    owner: dict[str, str] = {}
    for camera, info in _cameras(dataset):
        image = str(info['img_path'])
        file = segment_path(files, camera, info)
        if owner.setdefault(file, image) != image:
            raise BadInput(
                f"'{files}' gives '{owner[file]}' and '{image}' one file, "
                f"'{file}': name {{camera}}, {{stem}} or {{folder}} in it.")
    return [_Image(image, file) for file, image in owner.items()]


def _cameras(dataset: Any) -> Iterator[tuple[str, dict]]:
    for each in unwrapped(dataset):
        for index in range(len(each)):
            images = each.get_data_info(index).get('images') or {}
            # LoadCameraImages refuses a camera without an image.
            yield from ((name, info) for name, info in images.items()
                        if info.get('img_path'))


def _configured(cfg: Config) -> str | None:
    """The pattern of the first LoadSuperpixels that a config has."""
    waiting: list = [cfg.get('train_dataloader'), cfg.get('paired_pipeline')]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, dict):
            if str(part.get('type')).endswith('LoadSuperpixels'):
                return part.get('files')
            waiting += part.values()
        elif isinstance(part, (list, tuple)):
            waiting += part
    return None


def _data_root(dataset_cfg: dict) -> str:
    """The folder of a dataset's data, wherever its wrappers hide it."""
    for each in wrapped_datasets(dataset_cfg):
        if each.get('data_root'):
            return str(each['data_root']).rstrip('/')
    raise BadInput('The dataset has no data_root: name the files (--files).')
