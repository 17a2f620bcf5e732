"""The datasets' configs in mmengine's wrappers of some."""
from collections.abc import Iterator


def wrapped_datasets(dataset: dict) -> Iterator[dict]:
    """List the datasets that a config wraps (concatenated, repeated...).

    Args:
        dataset (dict): Config of a dataset, or of a wrapper of some.
    """
    inner = dataset.get('datasets') or [dataset.get('dataset')]
    if inner == [None]:
        yield dataset
        return
    for each in inner:
        # One that is built already has no config.
        if isinstance(each, dict):
            yield from wrapped_datasets(each)
