"""Classify point features by words."""
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ...errors import BadInput
from ...functional import class_scores, fingerprint, unit_rows
from ...functional.prompts import TEMPLATES
from ...functional.prompts import vocabulary as named_vocabulary
from ...functional.word_checks import clean_templates, clean_vocabulary
from ...io.state_dicts import count_not_finite

Words = str | Sequence[str]


@MODELS.register_module()
class ZeroShotHead(BaseModule):
    """Score K classes, each by the best of its words.

    Args:
        vocabulary (str | dict): A name in
            :data:`reldistill_mm.functional.prompts.VOCABULARIES`, or a dict
            of class name to one or more words, in label order; an underscore
            in a word stands for a space.
        classes (Sequence[str], optional): The vocabulary's keys in label
            order. Configs should set it: mmengine sorts the keys of a config
            that it writes out. Defaults to None, the vocabulary's own order.
        templates (Sequence[str]): Prompts with ``{}`` for the word; their
            embeddings are averaged. Defaults to six street-scene prompts.
        store_text (bool): Keep the words' embeddings in the checkpoint, so
            that no teacher is needed; a checkpoint of other words is then an
            error. Defaults to False: the teacher embeds the words, and others
            can be used at test time.
    """

    def __init__(self,
                 vocabulary: str | Mapping[str, Words] = 'nuscenes',
                 classes: Sequence[str] | None = None,
                 templates: Sequence[str] = TEMPLATES,
                 store_text: bool = False,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        wanted: Mapping[str, Words] = (
            named_vocabulary(vocabulary)
            if isinstance(vocabulary, str) else vocabulary)
        self.vocabulary = clean_vocabulary(
            wanted, list(wanted if classes is None else classes))
        self.templates = clean_templates(templates)
        self.store_text = store_text
        # Whether the embeddings are there yet.
        self.has_text = False
        self.text_weights: Any
        if store_text:
            self.register_buffer('text_weights',
                                 torch.zeros(len(self.words), 0))
            self.register_buffer('text_key', self._text_key())
        else:
            # No buffer: one that appeared while the model is trained would be
            # missing in copies made before, such as EMAHook's.
            self.text_weights = None

    def reserve(self, width: int) -> None:
        """Make room for stored embeddings of D columns, zeros until loaded.

        Without it they grow when they are set or loaded, which a copy of the
        model would not see.
        """
        if self.store_text:
            self.text_weights = torch.zeros(
                len(self.words), width, device=self.text_key.device)

    def _text_key(self) -> Tensor:
        """(32,) uint8 digest that changes with the words or the templates."""
        key = fingerprint(words=self.words, templates=self.templates)
        return torch.tensor(list(bytes.fromhex(key)), dtype=torch.uint8)

    def check_state(self, state_dict: Mapping[str, Tensor],
                    prefix: str) -> None:
        """Check that a state dict has the embeddings of these words.

        Args:
            state_dict (Mapping[str, Tensor]): Tensors of a checkpoint.
            prefix (str): Prefix of this head's names, with its dot.

        Raises:
            BadInput: It holds none where they are stored, or those of others.
        """
        if not self.store_text:
            return
        key = state_dict.get(f'{prefix}text_key')
        weights = state_dict.get(f'{prefix}text_weights')
        if key is None or weights is None:
            raise BadInput(
                'The checkpoint holds no text embeddings: make it with '
                'tools/export_zero_shot.py, or set store_text=False and '
                'give the model a teacher.')
        if not torch.equal(key.cpu(), self._text_key()):
            raise BadInput(
                'The text embeddings of the checkpoint belong to other '
                f'words or templates than {self.vocabulary} and '
                f'{self.templates}: export the model with these words '
                '(tools/export_zero_shot.py).')

    def _load_from_state_dict(self, state_dict: dict, prefix: str,
                              *args) -> None:
        """Load stored embeddings; mmengine would only warn about others."""
        self.check_state(state_dict, prefix)
        if self.store_text and self.text_weights.shape[1] == 0:
            self.text_weights = torch.empty_like(
                state_dict[f'{prefix}text_weights'],
                device=self.text_key.device)
        super()._load_from_state_dict(state_dict, prefix, *args)
        self.has_text = self.has_text or self.store_text

    @property
    def classes(self) -> list[str]:
        """Names of the K classes in label order."""
        return list(self.vocabulary)

    @property
    def words(self) -> list[str]:
        """All W words, those of class 0 first."""
        return sum(self.vocabulary.values(), [])

    @property
    def names_per_class(self) -> list[int]:
        """Numbers of words of the K classes."""
        return [len(words) for words in self.vocabulary.values()]

    def set_text_weights(self, weights: Tensor) -> None:
        """Set the (W, D) unit embeddings of :attr:`words`."""
        if len(weights) != len(self.words):
            raise BadInput(f'{len(weights)} text embeddings for '
                           f'{len(self.words)} words.')
        bad = count_not_finite(weights)
        if bad:
            raise BadInput(
                f'text_weights: {bad} of {weights.numel()} numbers of the '
                "words' embeddings are not finite: the text tower's weights "
                'are damaged, or overflow in this precision.')
        self.text_weights, self.has_text = weights, True

    def forward(self, features: Tensor) -> Tensor:
        """Compute the cosine score of every class.

        Args:
            features (Tensor): (N, D) projected point features.

        Returns:
            Tensor: (N, K) float32.
        """
        if not self.has_text:
            raise RuntimeError('No text embeddings: call set_text_weights() '
                               'first.')
        with torch.autocast(features.device.type, enabled=False):
            return class_scores(
                unit_rows(features), self.text_weights.to(features.device),
                self.names_per_class)
