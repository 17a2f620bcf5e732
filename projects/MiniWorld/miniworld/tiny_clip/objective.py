"""Image-text contrast in which several captions are true of one image."""

import torch
from torch import Tensor
from torch.nn import functional as F


def contrast(images: Tensor, texts: Tensor, positive: Tensor,
             scale: Tensor) -> Tensor:
    """Compute InfoNCE both ways, with the target spread over all that fits.

    With one caption per image and no two alike this is CLIP's own loss.

    Args:
        images (Tensor): (N, D) embeddings of images, or of their pixels.
        texts (Tensor): (M, D) embeddings of captions.
        positive (Tensor): (N, M) bool, which caption is true of which image.
        scale (Tensor): Factor of the cosines, the inverse temperature.

    Returns:
        Tensor: The mean of both directions. Rows without a positive do not
        count.
    """
    logits = scale * unit(images) @ unit(texts).T
    return (_one_way(logits, positive) + _one_way(logits.T, positive.T)) / 2


def contrast_with_all(images: Tensor, texts: Tensor, positive: Tensor,
                      scale: Tensor) -> tuple[Tensor, Tensor]:
    """Contrast images with captions, weighting true captions equally.

    Only one direction is used: with many images of few contents, the other has
    thousands of positives per caption and would only wash the temperature out.
    The target is spread evenly, so that every synonym of a word is taught; if
    any true caption sufficed, one would take over.

    Args:
        images, texts, positive, scale (Tensor): See :func:`contrast`.

    Returns:
        tuple[Tensor, Tensor]: The mean loss above its own least value, and
        the share of images whose nearest caption is true.
    """
    logits = scale * unit(images) @ unit(texts).T
    counted = positive.any(1)
    logits, positive = logits[counted], positive[counted]
    least = positive.sum(1).float().log().mean()
    loss = _one_way(logits, positive) - least
    hit = positive.gather(1, logits.argmax(1, keepdim=True))
    return loss, hit.float().mean()


def unit(rows: Tensor) -> Tensor:
    """Rows of length one, float32."""
    return F.normalize(rows.float(), dim=-1)


def _one_way(logits: Tensor, positive: Tensor) -> Tensor:
    counted = positive.any(1)
    logits, target = logits[counted], positive[counted].float()
    target = target / target.sum(1, keepdim=True)
    return -(target * logits.log_softmax(1)).sum(1).mean()


def flat_pixels(uv: Tensor) -> tuple[Tensor, Tensor]:
    """Positions (B, P, 2) as ``sample_bilinear`` takes them.

    Returns:
        tuple[Tensor, Tensor]: (B P,) image of each, and (B P, 2).
    """
    image = torch.arange(len(uv)).repeat_interleave(uv.shape[1])
    return image, uv.flatten(0, 1)
