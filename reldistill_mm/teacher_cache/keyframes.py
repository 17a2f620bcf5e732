"""The keyframes of a dataset, however wrapped, and their names in a cache."""
from collections.abc import Iterator
from typing import Any

from mmengine.dataset import BaseDataset
from torch.utils.data import Dataset

from ..cli.pipeline_errors import missing_steps
from ..errors import BadInput
from .frame import frame_name


class Keyframes(Dataset):
    """The keyframes of a dataset, each with a name of its own.

    Args:
        dataset (BaseDataset): A dataset or mmengine's wrappers of some.

    Raises:
        BadInput: Two keyframes would share a name.
    """

    def __init__(self, dataset: BaseDataset) -> None:
        self.names: list[str] = []
        self._places: list[tuple[BaseDataset, int]] = []
        clouds: dict[str, str] = {}
        for each in unwrapped(dataset):
            for index in range(len(each)):
                info = frame_info(each, index)
                name, cloud = frame_name(info), cloud_of(info)
                if clouds.get(name, cloud) != cloud:
                    raise_shared(name, clouds[name], cloud)
                if name not in clouds:
                    clouds[name] = cloud
                    self.names.append(name)
                    self._places.append((each, index))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> Any:
        dataset, place = self._places[index]
        with missing_steps():
            return dataset[place]

    def info(self, index: int) -> tuple[dict, list]:
        """Return a keyframe's info and its dataset's transforms."""
        dataset, place = self._places[index]
        return dataset.get_data_info(place), dataset.pipeline.transforms


def frame_info(dataset: BaseDataset, index: int) -> dict:
    """Return an info as a pipeline receives it."""
    info = dataset.get_data_info(index)
    if not getattr(dataset, 'test_mode', False):
        info['dataset'] = dataset
    return info


def cloud_of(info: dict) -> str:
    """Return the path of a keyframe's cloud."""
    return str(info.get('lidar_points', {}).get('lidar_path'))


def raise_shared(name: str, first: str, second: str) -> None:
    """Refuse two keyframes with one name.

    Raises:
        BadInput: Always.
    """
    raise BadInput(
        f"The keyframes '{first}' and '{second}' share the name '{name}' in "
        'a teacher cache, so that one would get the features of the other: '
        'give each token once and, for datasets with equal paths below their '
        'data_root, take the folder above both as data_root (and the rest as '
        'data_prefix), or a cache for each (LoadCachedPairs.root).')


def unwrapped(dataset: object) -> Iterator[BaseDataset]:
    """List the datasets in mmengine's wrappers (concatenated, repeated...).
    """
    inner = getattr(dataset, 'datasets', None)
    if inner is None and hasattr(dataset, 'dataset'):
        inner = [dataset.dataset]
    if inner is None:
        yield dataset
    else:
        for each in inner:
            yield from unwrapped(each)
