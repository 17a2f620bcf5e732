"""One page on which a scan is explored with words."""
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ..datasets.scans import list_scans, read_scan
from ..errors import BadInput
from ..functional.word_checks import clean_vocabulary
from ..io.files import atomic_path, require_file_place
from ..models import TextTeacher, ZeroShotHead, ZeroShotSegmentor
from ..visualization import (Exploration, ExplorerFrame, explore_frames,
                             word_palette, write_page)
from .distillation_config import distillation_config
from .explore_frames import (chosen_frames, explore_keyframe, explore_scan,
                             keyframe_dataset)
from .load_segmentor import load_segmentor
from .word_table import require_learned, word_table
from .words import class_colours, require_classes, text_teacher, word_head

INFO = '.pkl'


class Explored(NamedTuple):
    """A page's content, and what can embed more words for it.

    Attributes:
        page (Exploration): What the page shows.
        model (ZeroShotSegmentor): The model.
    """
    page: Exploration
    model: ZeroShotSegmentor

    def html(self, served: bool = False) -> str:
        """The page; a served one asks its server for unknown words."""
        return write_page(self.page.content, served)

    @torch.no_grad()
    def embed(self, word: str, teacher: TextTeacher | None = None) -> dict:
        """Embed any word, as the page compares it with features.

        Args:
            word (str): The word.
            teacher (TextTeacher, optional): What embeds it. Defaults to None:
                :meth:`teacher`, which may have to load it.

        Returns:
            dict: ``row`` (K floats) and ``offset``.

        Raises:
            BadInput: It is not a word, the CLIP has not learned it, or no
                CLIP is here.
        """
        word, = clean_vocabulary({'word': [word]}, ['word'])['word']
        require_learned(self.model, word)
        templates = self.model.zero_shot_head.templates
        rows = (teacher or self.teacher()).encode_words([word], templates)
        row, offset = self.page.space.query(rows.float().cpu().numpy())
        return dict(row=row[0].tolist(), offset=float(offset[0]))

    def teacher(self) -> TextTeacher:
        """What embeds words; BadInput or MissingInput where nothing does."""
        return text_teacher(self.model, ['other words'])


def explore(model: str,
            source: Path,
            checkpoint: str | None = None,
            words: dict[str, list[str]] | None = None,
            indices: Sequence[int] | None = None,
            word_list: str | None = None,
            components: int = 64,
            device: str = 'cpu',
            options: dict | None = None,
            reading: Mapping[str, Any] | None = None,
            say: Callable[[str], None] = print) -> Explored:
    """Run a model on keyframes or scans and make their page.

    Args:
        model (str): A distillation config, or a folder of
            ``tools/export_zero_shot.py`` for scans.
        source (Path): An info file (``.pkl``), a scan, or a folder of scans.
        checkpoint (str, optional): Weights where the model is a config.
        words (dict, optional): Classes and their words; the model's own by
            default. Labels are shown with the model's own alone.
        indices (Sequence[int], optional): Which keyframes or scans. Defaults
            to None, the one in the middle.
        word_list (str, optional): See :func:`.word_table`.
        components (int): Bytes per feature. Defaults to 64.
        device (str): Defaults to 'cpu'.
        options (dict, optional): Changes to the config.
        reading (Mapping, optional): What :func:`.read_scan` is told of scans,
            ``intensity``, say. Defaults to None: nothing.
        say (Callable): Takes a line of progress. Defaults to ``print``.

    Returns:
        Explored: ``html()`` is the page.

    Raises:
        BadInput, MissingInput: See the functions that this one calls.
    """
    if components < 1:
        raise BadInput(f'--components {components} must be at least 1.')
    require_classes(words)
    keyframes = source.suffix == INFO
    if keyframes and Path(model).is_dir():
        raise BadInput(
            f"'{model}' is an exported model, which knows nothing of images: "
            f"for '{source}' give the config that it was made of, and "
            '--checkpoint.')
    if not keyframes:
        # Before the model is loaded, which takes longer.
        paths = list_scans(source)
        paths = [paths[i] for i in chosen_frames(len(paths), indices)]
        clouds = [read_scan(path, **(reading or {})) for path in paths]
    segmentor = load_segmentor(
        distillation_config(model, options) if keyframes else model,
        checkpoint, device, None if keyframes else options)
    head = word_head(segmentor, words)
    frames: list[ExplorerFrame] = []
    if keyframes:
        dataset = keyframe_dataset(segmentor.cfg, source)
        for index in chosen_frames(len(dataset), indices):
            say(f'Keyframe {index} of {source}')
            frames.append(
                explore_keyframe(segmentor, head, dataset, index, words
                                 is None))
    else:
        for path, cloud in zip(paths, clouds):
            say(f'Scan {path}')
            for note in cloud.notes:
                say(f'  {note}')
            frames.append(explore_scan(segmentor, head, cloud, path.name))
    table = word_table(segmentor, head.words, word_list)
    say(f'{len(table.names)} words: {table.note}')
    return Explored(
        explore_frames(frames, table, head.classes, _palette(segmentor, head),
                       _title(frames, source, keyframes), components),
        segmentor)


def write_explorer(explored: Explored,
                   out: Path,
                   served: bool = False) -> Path:
    """Write the page.

    Raises:
        BadInput: It cannot be written.
    """
    require_file_place(out, '--out')
    with atomic_path(out) as fresh:
        fresh.write_text(explored.html(served), 'utf-8')
    return out


def _title(frames: Sequence[ExplorerFrame], source: Path,
           keyframes: bool) -> str:
    """Say what the page shows."""
    kind = 'keyframes' if keyframes else 'scans'
    what = frames[0].name if len(frames) == 1 else f'{len(frames)} {kind}'
    if keyframes:
        return f'Student and teacher: {what} of {source.stem}'
    return f'Student: {what}'


def _palette(model: ZeroShotSegmentor, head: ZeroShotHead) -> np.ndarray:
    return word_palette(head.classes, class_colours(model.cfg))
