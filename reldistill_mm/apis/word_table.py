"""Words with their embeddings, as many as a page may be asked for."""
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ..errors import BadInput, MissingInput
from ..functional.common_words import common_words, parse_word_list
from ..models import ZeroShotSegmentor
from ..models.teachers import TextTeacher
from ..visualization import WordTable
from .words import embed_words, text_teacher

# Beside a CLIP's weights: the words that it has learned, if they are few.
LEARNED = 'learned_words.txt'
_FOLDER = 'local-dir:'
# Rows closer than this are the same to the text tower.
_SAME = 1e-6


def word_table(model: ZeroShotSegmentor,
               first: Sequence[str],
               word_list: str | Path | None = None) -> WordTable:
    """Embed the words that a page should know.

    They are ``first``, those that the model has classes for, and those of a
    list: ``word_list``, else the ``learned_words.txt`` that lies beside a
    CLIP which has learned few words, else
    :func:`~reldistill_mm.functional.common_words.common_words`.

    Args:
        model (ZeroShotSegmentor): Model from :func:`load_segmentor`.
        first (Sequence[str]): Words that come first.
        word_list (str | Path, optional): File of words, separated by commas
            or lines. Defaults to None.

    Returns:
        WordTable: Words that are the same to the text tower only once. If no
        CLIP can embed more, they are those that the model holds, and its note
        says so.

    Raises:
        BadInput: No CLIP can embed ``first`` or the words of ``word_list``.
        MissingInput: No such list.
    """
    own = list(dict.fromkeys([*first, *model.zero_shot_head.words]))
    if word_list is not None and not Path(word_list).is_file():
        raise MissingInput(f"The list of words '{word_list}' does not exist.")
    try:
        teacher = text_teacher(model, own)
    except (BadInput, MissingInput) as error:
        if word_list is not None:
            raise
        rows = embed_words(model, own)
        return _table(
            own, rows, f'{len(own)} words: those that the model holds. '
            f'No CLIP is here to embed others ({error})')
    listed, note = _listed(model, word_list)
    words = list(dict.fromkeys([*own, *listed]))
    return _table(words, _encode(teacher, words, model), f'{note}.')


def _listed(model: ZeroShotSegmentor,
            word_list: str | Path | None) -> tuple[Sequence[str], str]:
    """Words of the list that applies, and what they are."""
    if word_list is not None:
        given = Path(word_list)
        try:
            text = given.read_text('utf-8-sig')
        except UnicodeDecodeError as error:
            raise BadInput(f"--word-list '{given}' is not text in UTF-8 "
                           f'({error}): save it as that.') from error
        words = parse_word_list(text, given.name)
        return words, f"The words of '{given.name}' are known"
    path = learned_words(model)
    if path is None:
        words = common_words()
        return words, f'{len(words)} common words and street words are known'
    words = parse_word_list(path.read_text('utf-8'), path.name)
    return words, (f'This small CLIP has learned {len(words)} words, and the '
                   'page knows these: others would mean nothing to it')


def require_learned(model: ZeroShotSegmentor, word: str) -> None:
    """Refuse a word of which a model's CLIP has learned a part or nothing.

    Raises:
        BadInput: It has not, so that its embedding would mean nothing.
    """
    path = learned_words(model)
    if path is None:
        return
    learned = parse_word_list(path.read_text('utf-8'), path.name)
    parts = {part for each in learned for part in each.lower().split()}
    unknown = [part for part in word.lower().split() if part not in parts]
    if unknown:
        raise BadInput(f"This small CLIP has not learned '{unknown[0]}': what "
                       'it makes of it would mean nothing. ')


def learned_words(model: ZeroShotSegmentor) -> Path | None:
    """Find the list of words that a model's CLIP has learned.

    Returns:
        Path | None: ``learned_words.txt`` beside its weights; None where the
        CLIP comes without, since it has learned all words.
    """
    options = model.cfg.get('text_teacher') or model.cfg.model.get('teacher')
    name = str((options or {}).get('model', ''))
    path = Path(name.removeprefix(_FOLDER)) / LEARNED
    return path if name.startswith(_FOLDER) and path.is_file() else None


@torch.no_grad()
def _encode(teacher: TextTeacher, words: Sequence[str],
            model: ZeroShotSegmentor) -> Tensor:
    return teacher.encode_words(words, model.zero_shot_head.templates)


def _table(words: Sequence[str], rows: Tensor, note: str) -> WordTable:
    rows = rows.detach().float().cpu()
    same = (rows @ rows.T).triu(1) > 1 - _SAME
    kept = (~same.any(0)).nonzero().flatten().tolist()
    return WordTable([words[index] for index in kept], rows[kept].numpy(),
                     note)
