"""Classify point features by words."""
from collections.abc import Mapping, Sequence

import torch
from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor

from ...errors import BadInput
from ...functional import class_scores, fingerprint, unit_rows
from ...functional.prompts import TEMPLATES
from ...functional.prompts import vocabulary as named_vocabulary
from ...functional.word_checks import clean_templates, clean_vocabulary

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
        self.register_buffer('text_weights', None, persistent=store_text)
        if store_text:
            self.register_buffer('text_key', self._text_key())

    def _text_key(self) -> Tensor:
        """(32,) uint8 digest that changes with the words or the templates."""
        key = fingerprint(words=self.words, templates=self.templates)
        return torch.tensor(list(bytes.fromhex(key)), dtype=torch.uint8)

    def _load_from_state_dict(self, state_dict: dict, prefix: str,
                              *args) -> None:
        """Load stored embeddings; mmengine would only warn about others."""
        if self.store_text:
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
            self.text_weights = torch.empty_like(
                weights, device=self.text_key.device)
        super()._load_from_state_dict(state_dict, prefix, *args)

    @property
    def classes(self) -> list[str]:
        """Names of the K classes in label order."""
        return list(self.vocabulary)

    @property
    def words(self) -> list[str]:
        """All W words, those of class 0 first."""
        return sum(self.vocabulary.values(), [])

    def set_text_weights(self, weights: Tensor) -> None:
        """Set the (W, D) unit embeddings of :attr:`words`."""
        if len(weights) != len(self.words):
            raise BadInput(f'{len(weights)} text embeddings for '
                           f'{len(self.words)} words.')
        self.text_weights = weights

    def forward(self, features: Tensor) -> Tensor:
        """Compute the cosine score of every class.

        Args:
            features (Tensor): (N, D) projected point features.

        Returns:
            Tensor: (N, K) float32.
        """
        if self.text_weights is None:
            raise RuntimeError('No text embeddings: call set_text_weights() '
                               'first.')
        counts = [len(words) for words in self.vocabulary.values()]
        with torch.autocast(features.device.type, enabled=False):
            return class_scores(unit_rows(features), self.text_weights, counts)
