"""Write a model as a local folder that open_clip reads."""
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from safetensors.torch import save_file

from reldistill_mm.errors import BadInput
from .captions import ALL_WORDS

CONFIG, WEIGHTS, FIGURES, WORDS = ('open_clip_config.json',
                                   'open_clip_model.safetensors',
                                   'figures.json', 'learned_words.txt')
LARGEST = 8_000_000
"""Bytes that the folder may have."""


def config_of(model_cfg: dict[str, Any]) -> dict[str, Any]:
    """Return the content of ``open_clip_config.json``."""
    size = model_cfg['vision_cfg']['image_size']
    return dict(
        model_cfg=model_cfg,
        preprocess_cfg=dict(
            size=[size, size],
            mode='RGB',
            mean=list(OPENAI_DATASET_MEAN),
            std=list(OPENAI_DATASET_STD),
            interpolation='bicubic',
            resize_mode='shortest',
            fill_color=0))


def half_weights(clip: open_clip.CLIP) -> dict[str, torch.Tensor]:
    """Return the state with matrices as float16.

    Vectors (norms and their statistics, whose range is wide) stay float32.
    """
    return {
        name: (value.half() if value.is_floating_point() and value.ndim > 1
               else value).contiguous()
        for name, value in clip.state_dict().items()
    }


def export(clip: open_clip.CLIP, model_cfg: dict[str, Any], folder: Path,
           figures: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Write the folder in one go, replacing an older one.

    Args:
        clip (open_clip.CLIP): The model.
        model_cfg (dict[str, Any]): Its config.
        folder (Path): Folder to write.
        figures (Callable): Function that computes the metrics from a folder
            with the model, so that the shipped model is evaluated.

    Returns:
        dict[str, Any]: The metrics.

    Raises:
        BadInput: The files are larger than allowed.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix='.tiny_clip-', dir=folder.parent))
    try:
        fresh.chmod(0o755)
        (fresh /
         CONFIG).write_text(json.dumps(config_of(model_cfg), indent=2) + '\n')
        save_file(half_weights(clip), fresh / WEIGHTS)
        learned = '# What this CLIP was trained to tell; captions.py.\n'
        (fresh / WORDS).write_text(learned + '\n'.join(ALL_WORDS) + '\n')
        # safetensors makes a file that only its owner may read.
        (fresh / WEIGHTS).chmod(0o644)
        report = figures(fresh)
        (fresh / FIGURES).write_text(json.dumps(report, indent=2) + '\n')
        size = sum(path.stat().st_size for path in fresh.iterdir())
        if size > LARGEST:
            raise BadInput(f'the model takes {size} bytes, more than '
                           f'{LARGEST}; make its towers narrower')
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return report
