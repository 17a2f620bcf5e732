"""LiDAR segmentation with words for classes."""
import copy
from typing import Any

from mmdet3d.models.segmentors import Base3DSegmentor
from mmdet3d.registry import MODELS
from mmdet3d.structures.det3d_data_sample import OptSampleList, SampleList
from torch import Tensor

from ...errors import BadInput
from ...functional.finite_scores import finite_scores
from ..checkpoint_blocks import checkpoint_blocks
from ..teachers import FrozenTeacher, TextTeacher, build_teacher


@MODELS.register_module()
class ZeroShotSegmentor(Base3DSegmentor):
    """Sparse U-Net, projector, and text embeddings as the classifier.

    Args:
        backbone (dict): The student, e.g. mmdet3d's ``MinkUNetBackbone``
            with ``sparseconv_backend='spconv'``.
        projector (dict): Layer to the space of the teacher's features.
        zero_shot_head (dict): Vocabulary and classifier.
        teacher (dict, optional): Teacher that embeds the words (and, in a
            distiller, the pixels). A head with ``store_text=True`` needs
            none.
        data_preprocessor (dict, optional): Voxelisation.
        checkpoint (bool): Activation checkpointing of the student's residual
            blocks: less memory, more time, the same gradients. Defaults to
            False.
        train_cfg, test_cfg (dict, optional): Unused, for mmdet3d's bases.
        init_cfg (dict, optional): Config of mmengine's initialisation.

    Raises:
        BadInput: The projector's width is not the teacher's, there are no
            words, or nothing embeds them.
    """

    def __init__(self,
                 backbone: dict,
                 projector: dict,
                 zero_shot_head: dict | None,
                 teacher: dict | None = None,
                 data_preprocessor: dict | None = None,
                 checkpoint: bool = False,
                 train_cfg: dict | None = None,
                 test_cfg: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        # MinkUNetBackbone inserts into the lists that it is given, so it gets
        # a copy of the config.
        self.backbone = MODELS.build(copy.deepcopy(backbone))
        if checkpoint:
            checkpoint_blocks(self.backbone)
        self.projector = MODELS.build(projector)
        # Any: None only in a distiller without words, which says so before
        # it needs one.
        self.zero_shot_head: Any = (None if zero_shot_head is None else
                                    MODELS.build(zero_shot_head))
        self.teacher = None if teacher is None else build_teacher(teacher)
        self.train_cfg, self.test_cfg = train_cfg, test_cfg
        self._check_words()
        if self.zero_shot_head is not None:
            self.zero_shot_head.reserve(self.projector.out_channels)
        if self.teacher is not None:
            self._check_width(self.teacher)

    def _check_words(self) -> None:
        if self.zero_shot_head is None:
            raise BadInput(f'A {type(self).__name__} labels points by words: '
                           'set model.zero_shot_head.')
        if (self.zero_shot_head.store_text
                or isinstance(self.teacher, TextTeacher)):
            return
        if self.teacher is None:
            raise BadInput(
                'Nothing embeds the words: give the model a teacher, or '
                'store_text=True and an exported checkpoint '
                '(tools/export_zero_shot.py).')
        raise BadInput(
            f'{type(self.teacher).__name__} embeds no words: set '
            'model.zero_shot_head=None to distil without, or take a '
            'TextTeacher such as OpenCLIPTeacher.')

    def _check_width(self, teacher: FrozenTeacher) -> None:
        width, wanted = self.projector.out_channels, teacher.embed_dim
        if width != wanted:
            raise BadInput(
                f"projector.out_channels={width}, but the teacher's "
                f'features have {wanted} dimensions: set '
                f'model.projector.out_channels={wanted}.')

    def extract_feat(self, batch_inputs: dict) -> Tensor:
        """Compute backbone features (M, C) of the batch's voxels."""
        voxels = batch_inputs['voxels']
        return self.backbone(voxels['voxels'], voxels['coors'])

    def prepare_words(self) -> None:
        """Let the teacher embed the head's words, once."""
        head = self.zero_shot_head
        if not head.has_text and isinstance(self.teacher, TextTeacher):
            head.set_text_weights(
                self.teacher.encode_words(head.words, head.templates))

    def encode_decode(self, batch_inputs: dict,
                      batch_data_samples: SampleList) -> list[Tensor]:
        """Compute class scores (K, N) of every point of each sample."""
        features = self.projector(self.extract_feat(batch_inputs))
        return self.score_points(features, batch_data_samples)

    def score_points(self, features: Tensor,
                     batch_data_samples: SampleList) -> list[Tensor]:
        """Compute class scores (K, N) of points from voxel features (M, D)."""
        self.prepare_words()
        scores = finite_scores(self.zero_shot_head(features))
        sizes = [len(sample.batch_idx) for sample in batch_data_samples]
        return [
            part[sample.point2voxel_map].T
            for part, sample in zip(scores.split(sizes), batch_data_samples)
        ]

    def predict(self, batch_inputs: dict,
                batch_data_samples: SampleList) -> SampleList:
        """Label every point, whether a camera sees it or not.

        Returns:
            list[:obj:`Det3DDataSample`]: Samples with ``pred_pts_seg`` (labels
            (N,)), ``pts_seg_logits`` ((K, N) cosine scores) and, in the
            metainfo, ``pred_classes``.
        """
        scores = self.encode_decode(batch_inputs, batch_data_samples)
        for sample in batch_data_samples:
            sample.set_metainfo(dict(pred_classes=self.zero_shot_head.classes))
        return self.postprocess_result(scores, batch_data_samples)

    def loss(self, batch_inputs: dict,
             batch_data_samples: SampleList) -> dict[str, Tensor]:
        raise RuntimeError('A ZeroShotSegmentor only predicts; train a '
                           'RelationalDistiller.')

    def _forward(self,
                 batch_inputs: dict,
                 batch_data_samples: OptSampleList = None) -> Tensor:
        """Compute projected voxel features (M, D), not normalised."""
        return self.projector(self.extract_feat(batch_inputs))

    def aug_test(self, batch_inputs: list[dict],
                 batch_data_samples: SampleList) -> SampleList:
        raise RuntimeError('Test-time augmentation goes through '
                           'Seg3DTTAModel (tools/test.py --tta).')
