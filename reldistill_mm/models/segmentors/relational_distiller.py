"""Teaches a LiDAR network from a frozen network's pixels."""
from typing import NamedTuple

import torch
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from ...errors import BadInput
from ...functional import unit_rows
from .zero_shot_segmentor import ZeroShotSegmentor


class BatchPairs(NamedTuple):
    """P pairs of a batch: voxel (P,), image (P,) and pixel uv (P, 2).

    ``row`` (P,) is a pair's place among all pairs of the batch's samples.
    """
    voxel: Tensor
    image: Tensor
    uv: Tensor
    row: Tensor


@MODELS.register_module()
class RelationalDistiller(ZeroShotSegmentor):
    """Image-to-LiDAR distillation; a zero-shot segmentor at test time.

    A teacher without words, and so without ``zero_shot_head``, teaches all
    the same. Points then get no labels: :meth:`predict` gives the features
    that :class:`StructureMetric` compares.

    Args:
        distill_head (dict): The losses and the number of pairs.
        teacher (dict): A :class:`FrozenTeacher` of the pixels; one of the
            words, too (:class:`TextTeacher`), with a ``zero_shot_head``.
        zero_shot_head (dict, optional): Vocabulary and classifier. Defaults
            to None, no words.
        kwargs: As for :class:`ZeroShotSegmentor`.

    Raises:
        BadInput: Images would not be normalised with the mean and std that
            the teacher was trained with, or a teacher without words has a
            ``zero_shot_head``.
    """

    def __init__(self,
                 distill_head: dict,
                 teacher: dict,
                 zero_shot_head: dict | None = None,
                 **kwargs) -> None:
        super().__init__(
            teacher=teacher, zero_shot_head=zero_shot_head, **kwargs)
        self.distill_head = MODELS.build(distill_head)
        self._check_normalisation()

    def loss(self, batch_inputs: dict,
             batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Distillation losses of a batch.

        Args:
            batch_inputs (dict): ``voxels`` and ``imgs`` (B, V, 3, H, W),
                which pairs that bring the teacher's features don't need.
            batch_data_samples (List[:obj:`Det3DDataSample`]): With
                ``pairs`` and ``point2voxel_map``.

        Returns:
            Dict[str, Tensor]: See :meth:`DistillHead.loss`.
        """
        features = self.extract_feat(batch_inputs)
        images = batch_inputs.get('imgs')
        pairs = batch_pairs(batch_data_samples,
                            0 if images is None else images.shape[1])
        pairs = draw_pairs(pairs, self.distill_head.num_pairs)
        # Not features[...], whose gradient CPU threads sum in any order.
        student = self.projector(features.index_select(0, pairs.voxel))
        if images is None:
            teacher = cached_features(batch_data_samples, pairs.row)
        else:
            teacher = self.teacher.features_at(
                images.flatten(0, 1), pairs.image, pairs.uv)
        return self.distill_head.loss(student, teacher)

    def _check_words(self) -> None:
        if self.zero_shot_head is not None:
            super()._check_words()

    def predict(self, batch_inputs: dict,
                batch_data_samples: SampleList) -> SampleList:
        """Label every point; without words, only compare features.

        Returns:
            List[:obj:`Det3DDataSample`]: As from :class:`ZeroShotSegmentor`.
            Without words there are only the ``pair_features`` of
            :meth:`encode_decode`.

        Raises:
            BadInput: Without words, samples without images or pairs.
        """
        if self.zero_shot_head is not None:
            return super().predict(batch_inputs, batch_data_samples)
        if not _has_pixels(batch_inputs, batch_data_samples):
            raise BadInput(
                'The model has no words (zero_shot_head=None), so that it '
                'labels no points: fine-tune or probe its backbone '
                "(configs/downstream), or give the dataset the config's "
                'paired_pipeline and the evaluator StructureMetric, which '
                'compares features.')
        self._add_pair_features(
            self.projector(self.extract_feat(batch_inputs)),
            batch_inputs['imgs'], batch_data_samples)
        return batch_data_samples

    def encode_decode(self, batch_inputs: dict,
                      batch_data_samples: SampleList) -> list[Tensor]:
        """Class scores (K, N) of every point of each sample.

        Samples that come with images and pairs, as in the config's
        ``paired_pipeline``, also get ``pair_features`` (``student`` and
        ``teacher``, (P, D) unit rows) for the metrics that compare the two.
        """
        features = self.projector(self.extract_feat(batch_inputs))
        if _has_pixels(batch_inputs, batch_data_samples):
            self._add_pair_features(features, batch_inputs['imgs'],
                                    batch_data_samples)
        return self.score_points(features, batch_data_samples)

    def _add_pair_features(self, features: Tensor, images: Tensor,
                           batch_data_samples: SampleList) -> None:
        parts = features.split(
            [len(sample.batch_idx) for sample in batch_data_samples])
        for part, views, sample in zip(parts, images, batch_data_samples):
            pairs = sample.pairs
            rows = unit_rows(part[sample.point2voxel_map[pairs.point]])
            sample.pair_features = InstanceData(
                student=rows,
                teacher=self.teacher.features_at(views, pairs.camera,
                                                 pairs.uv))

    def _check_normalisation(self) -> None:
        """Trap: ImageNet's mean in front of CLIP costs accuracy silently."""
        preprocessor = self.data_preprocessor
        if not getattr(preprocessor, '_enable_normalize', False):
            found = None
        else:
            found = torch.stack([
                preprocessor.mean.flatten().cpu(),
                preprocessor.std.flatten().cpu()
            ])
        wanted = 255 * torch.tensor(self.teacher.mean_std)
        if found is None or not torch.allclose(found, wanted, atol=0.01):
            mean, std = wanted.tolist()
            raise BadInput(
                'The data preprocessor must normalise RGB images as the '
                f'teacher was trained: mean={mean}, std={std}, but it has '
                f'{found.tolist() if found is not None else "none"}.')


def _has_pixels(batch_inputs: dict, batch_data_samples: SampleList) -> bool:
    return 'imgs' in batch_inputs and all('pairs' in sample
                                          for sample in batch_data_samples)


def batch_pairs(batch_data_samples: SampleList,
                num_cameras: int) -> BatchPairs:
    """Join the samples' pairs, leaving out points without a voxel.

    Args:
        batch_data_samples (List[:obj:`Det3DDataSample`]): With ``pairs``,
            ``point2voxel_map`` (N,) and ``batch_idx`` (M,).
        num_cameras (int): V, images of each sample.

    Returns:
        BatchPairs: Voxels indexed over the batch, images as
        ``sample * V + camera``.

    Raises:
        BadInput: The samples carry no pairs.
    """
    voxels, images, uvs = [], [], []
    offset = 0
    for index, sample in enumerate(batch_data_samples):
        if 'pairs' not in sample:
            raise BadInput(
                'The data samples carry no point-pixel pairs: the training '
                'pipeline needs PairPointsWithPixels (or LoadCachedPairs) '
                'and PackPairs.')
        voxel = sample.point2voxel_map[sample.pairs.point]
        voxels.append(torch.where(voxel < 0, voxel, voxel + offset))
        images.append(sample.pairs.camera + index * num_cameras)
        uvs.append(sample.pairs.uv)
        offset += len(sample.batch_idx)
    voxel = torch.cat(voxels)
    # Rows, not a mask: one wait for the device, not one a column.
    row = (voxel >= 0).nonzero().flatten()
    return BatchPairs(voxel[row],
                      torch.cat(images)[row],
                      torch.cat(uvs)[row], row)


def draw_pairs(pairs: BatchPairs, count: int | None) -> BatchPairs:
    """``count`` pairs drawn without replacement, or all when fewer."""
    total = len(pairs.voxel)
    if count is None or total <= count:
        return pairs
    chosen = torch.randperm(total, device=pairs.voxel.device)[:count]
    return BatchPairs(*(column[chosen] for column in pairs))


def cached_features(batch_data_samples: SampleList, row: Tensor) -> Tensor:
    """The teacher's features that came along with the pairs.

    Args:
        batch_data_samples (List[:obj:`Det3DDataSample`]): With
            ``pairs.features`` (P_b, C) and, where they were projected,
            ``teacher_basis`` (D, C).
        row (Tensor): (P,) int64, wanted pairs of the joined samples'.

    Returns:
        Tensor: (P, D) float32, not normalised where they were projected.

    Raises:
        BadInput: A sample brings none.
    """
    if any('features' not in sample.pairs for sample in batch_data_samples):
        raise BadInput(
            "The batch has neither images nor the teacher's features: pack "
            "'img' behind LoadCameraImages, or put LoadCachedPairs in their "
            'place.')
    features = torch.cat(
        [sample.pairs.features for sample in batch_data_samples])[row].float()
    basis = batch_data_samples[0].get('teacher_basis')
    if basis is None:
        return features
    with torch.autocast(features.device.type, enabled=False):
        return features @ basis.T
