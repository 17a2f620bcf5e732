"""Train the tiny CLIP from scratch, on the CPU.

The objective is image-text contrast with several positives, twice over: of
whole crops, through ``encode_image``, with a caption of what is in their
middle (``objective.contrast``, CLIP's loss); and of single pixels of the
crops, through MaskCLIP's value path, with captions of every word
(``objective.contrast_with_all``). The second is region-text contrast: it
needs to know what a pixel shows, so it is more supervision than CLIP had.
``dense_weight=0`` leaves it out. No class index enters either, and classes
are found by their names alone afterwards.
"""
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from safetensors.torch import load_file
from torch import Tensor, nn

from reldistill_mm.functional import sample_bilinear
from reldistill_mm.functional.towers.atrous_resnet import COARSEST, resnet_maps
from reldistill_mm.functional.towers.open_clip_resnet import project_maps
from .captions import Caption, caption_bank, caption_of, fits
from .crops import Crops, CropSampler, augment
from .objective import contrast, contrast_with_all, flat_pixels
from .pictures import Pictures
from .recipe import Recipe

MODEL_CFG: dict[str, Any] = dict(
    embed_dim=64,
    vision_cfg=dict(
        image_size=224,
        layers=[1, 1, 2, 3],
        width=16,
        head_width=64,
        patch_size=None),
    # The text tower is narrow, since open_clip's vocabulary is large.
    text_cfg=dict(
        context_length=24, vocab_size=49408, width=32, heads=4, layers=2))


def new_model(seed: int, config: dict[str, Any]) -> open_clip.CLIP:
    """Build an untrained open_clip model."""
    torch.manual_seed(seed)
    return open_clip.CLIP(**config)


def image_embeddings(visual: nn.Module, images: Tensor,
                     stride: int) -> tuple[Tensor, Tensor]:
    """Compute pooled embeddings (B, D) and dense ones per ``stride`` pixels.

    Both come from one pass: every other cell of the finer maps is a cell of
    the tower's own. The middle of the first dense cell is pixel 15.5.
    """
    maps = resnet_maps(visual, images, stride)
    skip = COARSEST // stride
    pooled = visual.attnpool(maps[..., ::skip, ::skip].contiguous())
    return pooled, project_maps(visual.attnpool, maps)


class Trainer:
    """One training, step by step.

    Args:
        pictures (Pictures): Pictures to crop.
        recipe (Recipe): Settings of the training.
        config (dict[str, Any]): open_clip's ``model_cfg``.
    """

    def __init__(self,
                 pictures: Pictures,
                 recipe: Recipe,
                 config: dict[str, Any] = MODEL_CFG) -> None:
        self.recipe = recipe
        # Channels last: twice as fast on the CPU.
        self.clip = new_model(recipe.seed,
                              config).to(memory_format=torch.channels_last)
        self.tokenizer = open_clip.SimpleTokenizer(
            context_length=config['text_cfg']['context_length'])
        self.tokens: dict[str, Tensor] = {}
        self.rng = np.random.default_rng(recipe.seed)
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.sampler = CropSampler(pictures,
                                   config['vision_cfg']['image_size'],
                                   recipe.points, recipe.scales, recipe.power,
                                   recipe.pixel_power)
        self.mean = torch.tensor(OPENAI_DATASET_MEAN)
        self.std = torch.tensor(OPENAI_DATASET_STD)
        self.optimizer = torch.optim.AdamW(
            self._groups(), lr=recipe.rate, betas=(.9, .98))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, self._factor)

    def load(self, weights: Path) -> None:
        """Continue from the weights of an earlier training."""
        self.clip.load_state_dict(load_file(weights))

    def _groups(self) -> list[dict[str, Any]]:
        """Group parameters: only matrices decay, as in CLIP."""
        parameters = list(self.clip.parameters())
        return [
            dict(
                params=[p for p in parameters if p.ndim > 1],
                weight_decay=self.recipe.decay),
            dict(params=[p for p in parameters if p.ndim < 2], weight_decay=0)
        ]

    def _factor(self, step: int) -> float:
        """Factor on the learning rate: a short warm-up, then half a cosine."""
        warm = max(self.recipe.steps // 20, 1)
        if step < warm:
            return (step + 1) / warm
        done = (step - warm) / max(self.recipe.steps - warm, 1)
        return .5 * (1 + math.cos(math.pi * min(done, 1)))

    def encode(self, captions: Sequence[Caption]) -> Tensor:
        """Embed captions, (M, D)."""
        for caption in captions:
            if caption.text not in self.tokens:
                self.tokens[caption.text] = self.tokenizer(caption.text)[0]
        return self.clip.encode_text(
            torch.stack([self.tokens[caption.text] for caption in captions]))

    def loss(self, crops: Crops) -> tuple[Tensor, Tensor, Tensor]:
        """Compute the contrasts of crops and of their pixels, and its hits."""
        images, uv = augment(crops, self.generator, self.mean, self.std)
        with torch.autocast(
                'cpu', torch.bfloat16, enabled=self.recipe.bfloat16):
            pooled, dense = image_embeddings(
                self.clip.visual,
                images.contiguous(memory_format=torch.channels_last),
                self.recipe.stride)
        said = [
            caption_of(self.rng, *values)
            for values in zip(crops.surface, crops.metres, crops.rgb)
        ]
        bank = caption_bank(self.rng, self.recipe.captions_per_word)
        texts = self.encode(said + bank)
        scale = self.clip.logit_scale.exp()
        whole = contrast(pooled, texts[:len(said)],
                         torch.from_numpy(fits(crops.surface, said)), scale)
        if not self.recipe.dense_weight:
            return whole, whole.new_zeros(()), whole.new_zeros(())
        # The cells cover the image but for half of 32 - stride around.
        stride = self.recipe.stride
        uv = uv - (COARSEST - stride) / 2
        rows = sample_bilinear(dense.float(), *flat_pixels(uv),
                               tuple(stride * n for n in dense.shape[-2:]))
        true = torch.from_numpy(fits(crops.pixel.ravel(), bank))
        return whole, *contrast_with_all(rows, texts[len(said):], true, scale)

    def step(self) -> tuple[float, float, float]:
        """Run one update; return both contrasts and the share of hits."""
        self.clip.train()
        crops = self.sampler.draw(self.rng, self.recipe.batch)
        whole, dense, hits = self.loss(crops)
        self.optimizer.zero_grad()
        (whole + self.recipe.dense_weight * dense).backward()
        nn.utils.clip_grad_norm_(self.clip.parameters(), 1.)
        self.optimizer.step()
        self.schedule.step()
        with torch.no_grad():
            # CLIP bounds its temperature in the same way.
            self.clip.logit_scale.clamp_(0, math.log(100))
        return float(whole), float(dense), float(hits)

    def run(self, quiet: bool = False) -> open_clip.CLIP:
        """Run all steps; return the model in eval mode."""
        start, recent = time.time(), []
        for number in range(1, self.recipe.steps + 1):
            recent.append(self.step())
            if not quiet and (number % 25 == 0 or number == self.recipe.steps):
                whole, dense, hits = np.mean(recent, 0)
                print(
                    f'step {number}: crops {whole:.3f}, pixels {dense:.3f} '
                    f'({hits:.0%} right), {time.time() - start:.0f} s',
                    flush=True)
                recent = []
        self._forget_unseen()
        return self.clip.eval()

    @torch.no_grad()
    def _forget_unseen(self) -> None:
        """Zero the tokens that no caption had, since they are still random."""
        table = self.clip.token_embedding.weight
        unseen = torch.ones(len(table), dtype=torch.bool)
        unseen[torch.stack(list(self.tokens.values())).unique()] = False
        table[unseen] = 0
