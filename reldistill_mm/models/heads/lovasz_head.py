"""Cross-entropy and Lovász-Softmax on voxels."""

from mmdet3d.models.decode_heads import MinkUNetHead
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import SampleList
from torch import Tensor


@MODELS.register_module()
class LovaszMinkUNetHead(MinkUNetHead):
    """``MinkUNetHead`` with mmdet3d's ``LovaszLoss`` beside its own loss.

    ``MinkUNetHead`` takes one loss. ``LovaszLoss`` gives NaN for a batch
    without labels and fails for one labelled voxel, so labels are selected
    here: such a batch has a loss of zero.

    Args:
        loss_lovasz (dict): Loss, e.g. ``dict(type='LovaszLoss',
            reduction='none')``, of the classes that are present (Berman et
            al., CVPR 2018).
        kwargs: Arguments of :class:`mmdet3d.models.MinkUNetHead`.
    """

    def __init__(self, *args, loss_lovasz: dict, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.loss_lovasz = MODELS.build(loss_lovasz)

    def loss_by_feat(self, seg_logit: Tensor,
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Compute the losses of a batch.

        Args:
            seg_logit (Tensor): (M, K) logits of the batch's voxels.
            batch_data_samples (list[:obj:`Det3DDataSample`]): Samples with
                ``gt_pts_seg.voxel_semantic_mask``.

        Returns:
            dict[str, Tensor]: ``loss_sem_seg`` and ``loss_lovasz``, scalars.
        """
        losses = super().loss_by_feat(seg_logit, batch_data_samples)
        label = self._stack_batch_gt(batch_data_samples)
        labelled = label != self.ignore_index
        if labelled.any():
            losses['loss_lovasz'] = self.loss_lovasz(
                seg_logit[labelled], label[labelled], ignore_index=None)
        else:
            losses['loss_lovasz'] = seg_logit.sum() * 0
        return losses
