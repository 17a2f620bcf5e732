"""Other words for a trained model."""
from collections.abc import Sequence

from mmdet3d.registry import DATASETS
from mmengine.config import Config
from torch import Tensor

from ..errors import BadInput
from ..models import ZeroShotHead, ZeroShotSegmentor
from ..models.teachers import TextTeacher, build_teacher
from ..models.teachers.teacher_mark import require_teacher


def word_head(model: ZeroShotSegmentor,
              vocabulary: dict[str, list[str]] | None = None) -> ZeroShotHead:
    """Build a classifier of a model's features for other words.

    Words that the model's checkpoint holds need no CLIP; others are embedded
    by the model's teacher, or by the one that its config names as
    ``text_teacher``.

    Args:
        model (ZeroShotSegmentor): Model from :func:`load_segmentor`.
        vocabulary (dict[str, list[str]], optional): Class to its words.
            Defaults to None, the model's own head.

    Returns:
        ZeroShotHead: Head with text weights, on the model's device.

    Raises:
        BadInput: No teacher can embed the words.
    """
    if vocabulary is None:
        model.prepare_words()
        return model.zero_shot_head
    head = ZeroShotHead(vocabulary, templates=model.zero_shot_head.templates)
    head.set_text_weights(embed_words(model, head.words))
    return head


def require_classes(vocabulary: dict[str, list[str]] | None) -> None:
    """Refuse a vocabulary of which every point would get the one class.

    Raises:
        BadInput: There is one class.
    """
    if vocabulary is not None and len(vocabulary) < 2:
        raise BadInput(f'Every point would be labelled {list(vocabulary)}: '
                       'give several words, separated by commas, also for '
                       "what else there is ('car, road, building').")


def embed_words(model: ZeroShotSegmentor, words: Sequence[str]) -> Tensor:
    """Text embeddings (W, D), unit rows, with the model's own templates."""
    head = model.zero_shot_head
    if head.has_text and set(words) <= set(head.words):
        return head.text_weights[[head.words.index(word) for word in words]]
    teacher = text_teacher(model, words)
    rows = teacher.encode_words(words, head.templates)
    same = (rows @ rows.T).triu(1) > 1 - 1e-6
    if same.any():
        one, other = (words[index] for index in same.nonzero()[0].tolist())
        raise BadInput(f"'{one}' and '{other}' are the same to the text "
                       'tower, which reads no capitals and only the first '
                       'tokens: leave one out or shorten them.')
    return rows


def text_teacher(
    model: ZeroShotSegmentor, words: Sequence[str] = ()) -> TextTeacher:
    """Return what embeds words for a model.

    Args:
        model (ZeroShotSegmentor): Model from :func:`load_segmentor`.
        words (Sequence[str]): What is wanted of it, for the message.

    Returns:
        TextTeacher: The model's own teacher, or the one that its config names
        as ``text_teacher``.

    Raises:
        BadInput: There is none, or it embeds no words.
        MissingInput: A file of it does not exist.
    """
    head, teacher = model.zero_shot_head, model.teacher
    if teacher is None:
        options = model.cfg.get('text_teacher')
        if options is None:
            unknown = [word for word in words if word not in head.words]
            raise BadInput(
                f'The model holds no embeddings of {unknown} and its config '
                'names no text_teacher to make them; it holds '
                f'{head.words}.')
        device = next(model.parameters()).device
        teacher = build_teacher(options).to(device)
        require_teacher(
            getattr(model, 'taught_by', None), options,
            'The exported checkpoint')
    if not isinstance(teacher, TextTeacher):
        raise BadInput(f'{type(teacher).__name__} embeds no words: name a '
                       "TextTeacher as the config's text_teacher.")
    return teacher


def class_colours(cfg: Config) -> dict[str, Sequence[int]]:
    """Class name to (red, green, blue) of the dataset that a config tests.

    Empty where it tests none.
    """
    if not cfg.get('test_dataloader'):
        return {}
    # A step may want files that only a test has, a teacher cache's, say.
    options = {
        **cfg.test_dataloader.dataset, 'lazy_init': True,
        'pipeline': []
    }
    metainfo = DATASETS.build(options).metainfo
    return dict(zip(metainfo['classes'], metainfo['palette']))
