"""Find the family of an image tower."""
from torch import nn

from ...errors import BadInput
from .open_clip_resnet import OpenCLIPResNet
from .open_clip_vit import OpenCLIPViT
from .timm_maps import TimmMaps
from .timm_vit import TimmViT
from .tower import Tower

# A new family is one file and one name here.
FAMILIES: tuple[type[Tower],
                ...] = (OpenCLIPResNet, OpenCLIPViT, TimmViT, TimmMaps)


def read_tower(visual: nn.Module) -> Tower:
    """Read a tower by the first family that knows its modules.

    Args:
        visual (nn.Module): ``model.visual`` of open_clip.

    Raises:
        BadInput: No family knows it, or it has no dense features.
    """
    name = type(getattr(visual, 'trunk', visual)).__name__
    for family in FAMILIES:
        if family.reads(visual):
            tower = family(visual)
            reason = tower.why_not()
            if reason:
                raise BadInput(f'The tower {name} has no dense features: '
                               f'{reason}.')
            return tower
    families = ', '.join(family.family for family in FAMILIES)
    raise BadInput(f'The tower {name} has no dense features that are known '
                   f'here; they are of: {families}.')
