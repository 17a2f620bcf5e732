"""Teach a LiDAR network from a frozen network's pixels."""
from typing import Any

import torch
from mmdet3d.registry import MODELS
from mmdet3d.structures import PointData
from mmdet3d.structures.det3d_data_sample import SampleList
from mmengine.structures import InstanceData
from torch import Tensor

from ...errors import BadInput
from ...functional import best_pairs, pool_rows, unit_rows
from ...functional.finite_scores import finite_scores
from ..batch_pairs import BatchPairs, batch_pairs
from ..losses import PairContext
from ..mixed_sizes import features_of_batch
from ..teachers import FrozenTeacher
from .distiller_parts import (build_sampler, cached_features, check_head_keys,
                              require_embeddings)
from .zero_shot_segmentor import ZeroShotSegmentor

_DEFAULT_SAMPLER = dict(type='RandomPairs')


@MODELS.register_module()
class RelationalDistiller(ZeroShotSegmentor):
    """Image-to-LiDAR distillation; a zero-shot segmentor at test time.

    A teacher without words, and so without ``zero_shot_head``, teaches in the
    same way. Points then get no labels: :meth:`predict` gives the features
    that :class:`StructureMetric` compares.

    Args:
        distill_head (dict): Head with the losses.
        teacher (dict): A :class:`FrozenTeacher`; with a ``zero_shot_head``
            it must be a :class:`TextTeacher`.
        zero_shot_head (dict, optional): Vocabulary and classifier. Defaults
            to None, no words.
        pair_sampler (dict, optional): Chooses the pairs of a batch that the
            losses see; a :class:`PairSampler`. Defaults to ``RandomPairs``
            with 4096 pairs; None takes all pairs.
        ensemble (dict, optional): Joins the student's and the teacher's
            scores of visible points at test time, ``dict(type='BestOfTwo')``;
            the test set must then come with images and pairs, or with pairs
            from a cache (the config's ``paired_pipeline`` or
            ``cached_paired_pipeline``). Defaults to None, the student alone.
        kwargs: Arguments of :class:`ZeroShotSegmentor`.

    Raises:
        BadInput: Images would not be normalised with the mean and std that
            the teacher was trained with, a teacher without words has a
            ``zero_shot_head``, or ``distill_head`` has a key that was
            renamed.
    """
    # Unlike its base, it always has one.
    teacher: FrozenTeacher

    def __init__(self,
                 distill_head: dict,
                 teacher: dict,
                 zero_shot_head: dict | None = None,
                 pair_sampler: dict | None = _DEFAULT_SAMPLER,
                 ensemble: dict | None = None,
                 **kwargs) -> None:
        super().__init__(
            teacher=teacher, zero_shot_head=zero_shot_head, **kwargs)
        self.ensemble: Any = (None
                              if ensemble is None else MODELS.build(ensemble))
        if ensemble is not None and zero_shot_head is None:
            raise BadInput('model.ensemble joins scores of words, and the '
                           'model has none (zero_shot_head=None).')
        check_head_keys(distill_head)
        self.distill_head = MODELS.build(distill_head)
        self.pair_sampler = build_sampler(pair_sampler)
        self._check_normalisation()
        self._uses_context = getattr(self.distill_head, 'uses_context', False)
        if self._uses_context and zero_shot_head is None:
            raise BadInput('A loss of model.distill_head is guided by words, '
                           'and the model has none (zero_shot_head=None): '
                           'give it some, or take another loss.')

    def loss(self, batch_inputs: dict,
             batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Distillation losses of a batch.

        Args:
            batch_inputs (dict): ``voxels`` and ``imgs`` (B, V, 3, H, W), or
                B tensors (V, 3, H, W) of several sizes,
                which pairs with cached teacher features do not need.
            batch_data_samples (list[:obj:`Det3DDataSample`]): Samples with
                ``pairs`` and ``point2voxel_map``.

        Returns:
            dict[str, Tensor]: See :meth:`DistillHead.loss`.
        """
        features = self.extract_feat(batch_inputs)
        pairs = self.sample_pairs(batch_inputs, batch_data_samples)
        # Not features[...], whose gradient CPU threads would sum in any order.
        student = self.projector(features.index_select(0, pairs.voxel))
        teacher = self._teacher_rows(batch_inputs, batch_data_samples, pairs)
        if pairs.group is not None:
            student, teacher = pool_rows(student, teacher, pairs.group)
        if not self._uses_context:
            return self.distill_head.loss(student, teacher)
        return self.distill_head.loss(student, teacher, self._context(pairs))

    def _context(self, pairs: BatchPairs) -> PairContext:
        """Say what a loss may know of the pairs beside their features."""
        self.prepare_words()
        head = self.zero_shot_head
        require_embeddings(head, self.teacher)
        place = None
        sample, xyz = pairs.sample, pairs.xyz
        if pairs.group is None and sample is not None and xyz is not None:
            place = torch.cat([sample[:, None], xyz], 1)
        return PairContext(
            head.text_weights.to(pairs.uv.device), head.names_per_class, place)

    def sample_pairs(self, batch_inputs: dict,
                     batch_data_samples: SampleList) -> BatchPairs:
        """Choose the pairs of a batch that the losses see.

        Args:
            batch_inputs (dict): ``points``, a list of clouds (N, C), and
                ``imgs``, as in :meth:`loss`; may be without either.
            batch_data_samples (list[:obj:`Det3DDataSample`]): See
                :func:`reldistill_mm.models.batch_pairs.batch_pairs`.

        Returns:
            BatchPairs: Pairs that ``pair_sampler`` chooses; all without one.
            Those of one ``group`` will be pooled.

        Raises:
            BadInput: The sampler returns something else.
        """
        images = batch_inputs.get('imgs')
        pairs = batch_pairs(batch_data_samples,
                            0 if images is None else len(images[0]),
                            batch_inputs.get('points'))
        if self.pair_sampler is None:
            return pairs
        if getattr(self.pair_sampler, 'needs_teacher', False):
            pairs = pairs._replace(
                teacher=self._teacher_rows(batch_inputs, batch_data_samples,
                                           pairs))
        chosen = self.pair_sampler(pairs)
        if not isinstance(chosen, BatchPairs):
            raise BadInput(f'{type(self.pair_sampler).__name__} returned '
                           f'{type(chosen).__name__}, not BatchPairs: end '
                           '__call__ with `return pairs.select(chosen)`.')
        return chosen

    def _teacher_rows(self, batch_inputs: dict, batch_data_samples: SampleList,
                      pairs: BatchPairs) -> Tensor:
        """Read the teacher's features (P, D), once."""
        if pairs.teacher is not None:
            return pairs.teacher
        images = batch_inputs.get('imgs')
        if images is None:
            return cached_features(batch_data_samples, pairs.pair_index)
        return features_of_batch(self.teacher, images, pairs.image, pairs.uv)

    def _check_words(self) -> None:
        if self.zero_shot_head is not None:
            super()._check_words()

    def predict(self, batch_inputs: dict,
                batch_data_samples: SampleList) -> SampleList:
        """Label every point, or without words only compare features.

        Returns:
            list[:obj:`Det3DDataSample`]: See :class:`ZeroShotSegmentor`.
            Without words there are only the ``pair_features`` of
            :meth:`encode_decode`.

        Raises:
            BadInput: The model has no words, and a sample no images or pairs.
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
            batch_inputs.get('imgs'), batch_data_samples)
        return batch_data_samples

    def encode_decode(self, batch_inputs: dict,
                      batch_data_samples: SampleList) -> list[Tensor]:
        """Compute class scores (K, N) of every point of each sample.

        Samples that come with images and pairs (the config's
        ``paired_pipeline``), or with pairs from a cache
        (``cached_paired_pipeline``), also get ``pair_features`` (``student``
        and ``teacher``, (P, D) unit rows) for the metrics that compare them.
        With an ensemble the scores are of both, and ``pred_sources`` has the
        labels (N,) of ``student`` and ``teacher`` alone, -1 where no pixel is.
        """
        features = self.projector(self.extract_feat(batch_inputs))
        if _has_pixels(batch_inputs, batch_data_samples):
            self._add_pair_features(features, batch_inputs.get('imgs'),
                                    batch_data_samples)
        scores = self.score_points(features, batch_data_samples)
        if self.ensemble is None:
            return scores
        return [
            self._join_scores(part.T, sample).T
            for part, sample in zip(scores, batch_data_samples)
        ]

    def _join_scores(self, student: Tensor, sample: Any) -> Tensor:
        """Join scores (N, K); keep the labels of each source."""
        if 'pair_features' not in sample:
            raise BadInput(
                f'model.ensemble needs images and pairs, and the sample '
                f"'{sample.get('lidar_path')}' has none: set "
                'test_dataloader.dataset.pipeline to paired_pipeline.')
        teacher = finite_scores(
            self.zero_shot_head(sample.pair_features.teacher), of_teacher=True)
        point = sample.pairs.point
        chosen = best_pairs(teacher, point, len(student))
        labels = teacher.argmax(1)[chosen] if len(teacher) else chosen
        sample.pred_sources = PointData(
            student=student.argmax(1), teacher=labels.where(chosen >= 0, -1))
        return self.ensemble(student, teacher, point)

    def _add_pair_features(self, features: Tensor, images: Tensor | None,
                           batch_data_samples: SampleList) -> None:
        parts = features.split(
            [len(sample.batch_idx) for sample in batch_data_samples])
        for i, (part, sample) in enumerate(zip(parts, batch_data_samples)):
            pairs = sample.pairs
            rows = unit_rows(part[sample.point2voxel_map[pairs.point]])
            if images is None:
                teacher = unit_rows(cached_features([sample], slice(None)))
            else:
                teacher = self.teacher.features_at(images[i], pairs.camera,
                                                   pairs.uv)
            sample.pair_features = InstanceData(student=rows, teacher=teacher)

    def _check_normalisation(self) -> None:
        """Check mean and std: ImageNet's would silently cost accuracy."""
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
    """Whether all samples have pairs, and images or cached features."""
    return bool(batch_data_samples) and all('pairs' in sample and (
        'imgs' in batch_inputs or 'features' in sample.pairs)
                                            for sample in batch_data_samples)
