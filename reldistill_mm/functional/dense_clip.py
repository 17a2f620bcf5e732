"""Dense, text-aligned features of a CLIP image tower.

Works on the modules of open_clip and timm, which it only reads. What a
position has in CLIP's joint space depends on the family of the tower (see
:mod:`.towers`) and, for a ViT, on the dense path by name. Rectangular images
are taken as they are.
"""
from torch import Tensor, nn

from .towers import read_tower


def dense_features(visual: nn.Module,
                   images: Tensor,
                   stride: int | None = None,
                   path: str = 'maskclip') -> Tensor:
    """Compute patch features in CLIP's joint space.

    Args:
        visual (nn.Module): ``model.visual`` of open_clip, of one of the
            families in :mod:`.towers`.
        images (Tensor): (M, 3, H, W) float, normalised with the model's own
            mean and std; H and W multiples of the patch size (ViT) or of the
            stride (others).
        stride (int, optional): Pixels from one feature to the next: 32, 16
            or 8 for a ResNet, whose maps become finer by the same weights
            (see :mod:`.towers.atrous_resnet`). Defaults to None, the tower's
            own.
        path (str): 'maskclip' or, for open_clip's ViTs, 'sclip', 'clearclip'
            or 'nacl' (see :mod:`.towers.attention_paths`). Defaults to
            'maskclip'.

    Returns:
        Tensor: (M, D, h, w), not normalised; with average pooling of
        open_clip's ViT their mean is the image's embedding.

    Raises:
        BadInput: Another kind of tower, or a size, a stride or a path that
            it does not support.

    Example:
        >>> import torch
        >>> from open_clip.transformer import VisionTransformer
        >>> visual = VisionTransformer(
        ...     image_size=32, patch_size=16, width=8, layers=2, heads=2,
        ...     mlp_ratio=2., output_dim=4)
        >>> dense_features(visual, torch.zeros(3, 3, 32, 64)).shape
        torch.Size([3, 4, 2, 4])
    """
    tower = read_tower(visual)
    return tower.dense(images, tower.choose(stride, path), path)


def tower_stride(visual: nn.Module,
                 stride: int | None = None,
                 path: str = 'maskclip') -> int:
    """Pixels from one feature of a tower to the next; no weight is read.

    Args:
        visual, stride, path: See :func:`dense_features`.

    Raises:
        BadInput: The tower has no dense features, or not at this stride or by
            this path.
    """
    return read_tower(visual).choose(stride, path)


def pooled_features(visual: nn.Module, images: Tensor) -> Tensor:
    """Compute the image embedding by the same code as the dense path.

    At the model's native size it equals open_clip's ``encode_image``; that
    equality is the proof that the dense path reads the tower correctly.

    Args:
        visual (nn.Module): See :func:`dense_features`.
        images (Tensor): (M, 3, H, W) float, normalised.

    Returns:
        Tensor: (M, D), not normalised.

    Raises:
        BadInput: See :func:`dense_features`.

    Example:
        >>> import torch
        >>> from open_clip.transformer import VisionTransformer
        >>> visual = VisionTransformer(
        ...     image_size=32, patch_size=16, width=8, layers=2, heads=2,
        ...     mlp_ratio=2., output_dim=4).eval()
        >>> images = torch.rand(3, 3, 32, 32)
        >>> torch.allclose(pooled_features(visual, images), visual(images),
        ...                atol=1e-6)
        True
    """
    return read_tower(visual).pooled(images)
