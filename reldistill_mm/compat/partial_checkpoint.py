"""Load one part of a checkpoint, with all that loading it right takes.

mmengine's ``init_cfg=dict(type='Pretrained', prefix='backbone.')`` copies the
wanted tensors into a plain dict and so loses the state dict's ``_metadata``,
where torch keeps the version of each module. mmdet3d reads a sparse
convolution without a version as one of spconv 1, permutes its kernel to
spconv 2's layout, which it already had, and skips it because the shape no
longer fits: only a warning says that every sparse kernel stays random.
"""
from collections import OrderedDict

from mmengine.runner import checkpoint as mmengine_checkpoint

from ..errors import BadInput
from ..io.checkpoint import read_state_dict


def load_part(prefix: str,
              filename: str,
              map_location: str | None = None) -> OrderedDict:
    """Return the tensors below a prefix, without the prefix in their names.

    Args:
        prefix (str): Prefix, e.g. ``'backbone.'``; the dot may be left out.
        filename (str): Checkpoint, or its URL. No code in it is run.
        map_location (str, optional): Device to load to.

    Returns:
        OrderedDict: Tensors with the ``_metadata`` of the part's own
        ``state_dict``.

    Raises:
        MissingInput: No such file.
        BadInput: It is damaged, or no tensor has the prefix.
    """
    tensors = read_state_dict(filename, map_location)
    dotted = prefix.rstrip('.') + '.'
    if not any(name.startswith(dotted) for name in tensors):
        tensors = _without_wrapper(tensors, dotted)
    part = OrderedDict((name[len(dotted):], tensor)
                       for name, tensor in tensors.items()
                       if name.startswith(dotted))
    if not part:
        found = sorted({name.split('.')[0] for name in tensors})
        raise BadInput(f"No tensor of '{filename}' is called '{dotted}...'; "
                       f'it holds {found}.')
    metadata = getattr(tensors, '_metadata', {})
    # OrderedDict does not declare it; torch sets it on the object, too.
    part._metadata = OrderedDict(  # type: ignore[attr-defined]
        (name[len(dotted):], versions) for name, versions in metadata.items()
        if f'{name}.'.startswith(dotted))
    return part


def _without_wrapper(tensors: dict, dotted: str) -> dict:
    """Take off what stands in front of the prefix, ``module.`` say."""
    for wrapper in ('module.', 'model.', '_orig_mod.'):
        if any(name.startswith(wrapper + dotted) for name in tensors):
            fresh = OrderedDict((name.removeprefix(wrapper), tensor)
                                for name, tensor in tensors.items())
            # The layout of sparse kernels is then known by their shapes.
            return fresh
    return tensors


def keep_metadata_of_parts() -> None:
    """Let mmengine's ``Pretrained`` with a prefix load sparse kernels."""
    mmengine_checkpoint._load_checkpoint_with_prefix = load_part
