"""Train a linear head on features that do not change, to the end."""
import logging
from typing import Any

import numpy as np
import torch
from mmdet3d.registry import LOOPS
from mmengine.dist import all_reduce, get_rank
from mmengine.runner import EpochBasedTrainLoop
from torch import Tensor

from ..errors import BadInput
from ..functional.linear_fit import LinearFit, fit_linear
from ..io.fit_state import unwrap

_GB = 1e9


@LOOPS.register_module()
class LinearFitLoop(EpochBasedTrainLoop):
    """One epoch that computes features once and fits the head to them.

    Steps with a rate and an end of their own measure both, too: what 150 of
    them reach can lie 25 points of mIoU below what the features hold. Here the
    head is a logistic regression that has converged: see :func:`fit_linear`.
    A warning says so if it has not. Source: ours.

    The rows are labelled voxels of every keyframe; where there are more than
    ``max_rows``, a part of each keyframe's that its number and the seed
    choose. They lie in the CPU's memory, ``4 D`` bytes per row. Each rank
    keeps its keyframes' rows, and gradients are summed.

    The model has a ``decode_head`` with a linear ``conv_seg``, as mmdet3d's
    ``MinkUNet`` has; nothing else of it is trained. The optimizer of the
    config is not used.

    Args:
        runner (Runner), dataloader (DataLoader or dict): See mmengine's loop.
        max_epochs (int): 1.
        l2 (float), balanced (bool), tolerance (float), max_steps (int): See
            :func:`fit_linear`.
        max_rows (int): Most rows, of all ranks. Defaults to 4 000 000: 1.5 GB
            at 96 channels.
        kwargs: ``val_interval`` and the like of mmengine's loop.

    Raises:
        BadInput: The training data has no label, or ``max_epochs`` is not 1.
    """

    def __init__(self,
                 runner: Any,
                 dataloader: Any,
                 max_epochs: int = 1,
                 l2: float = 1e-6,
                 balanced: bool = False,
                 tolerance: float = 1e-5,
                 max_steps: int = 1000,
                 max_rows: int = 4_000_000,
                 **kwargs: Any) -> None:
        super().__init__(runner, dataloader, max_epochs, **kwargs)
        if max_epochs != 1:
            raise BadInput(f'train_cfg.max_epochs={max_epochs}: features that '
                           'do not change are computed once; leave it out.')
        self.how: dict[str, Any] = dict(
            l2=l2, balanced=balanced, tolerance=tolerance, max_steps=max_steps)
        self.max_rows = max_rows

    def run_epoch(self) -> None:
        """Collect, fit, and give the head what was found."""
        runner = self.runner
        runner.call_hook('before_train_epoch')
        model = unwrap(runner.model)
        head = model.decode_head
        features, labels = self._rows(model)
        fit = fit_linear(
            features,
            labels,
            head.num_classes,
            device=head.conv_seg.weight.device,
            add_ranks=_add_ranks,
            **self.how)
        with torch.no_grad():
            head.conv_seg.weight.copy_(fit.weight)
            head.conv_seg.bias.copy_(fit.bias)
        runner.message_hub.update_scalar('train/loss', fit.loss)
        self._report(fit, features)
        self._iter += len(self.dataloader)
        runner.call_hook('after_train_epoch')
        self._epoch += 1

    @torch.no_grad()
    def _rows(self, model: Any) -> tuple[Tensor, Tensor]:
        """Features (N, D) float32 and labels (N,) of this rank's voxels."""
        model.eval()
        head = model.decode_head
        each = max(1, self.max_rows // len(self.dataloader.dataset))
        seed = (self.runner.seed or 0, get_rank())
        features, labels = [], []
        for number, batch in enumerate(self.dataloader):
            data = model.data_preprocessor(batch, training=True)
            rows = model.extract_feat(data['inputs'])
            label = head._stack_batch_gt(data['data_samples'])
            known = (label != head.ignore_index).nonzero().squeeze(1)
            wanted = each * len(data['data_samples'])
            if len(known) > wanted:
                chosen = np.random.default_rng(
                    (*seed, number)).permutation(len(known))[:wanted]
                known = known[torch.from_numpy(chosen).to(known.device)]
            features.append(rows[known].float().cpu())
            labels.append(label[known].long().cpu())
        # Of all ranks: the keyframes of one alone may have no label.
        known_rows = float(sum(map(len, labels)))
        if not features or not _add_ranks(torch.tensor([known_rows])):
            raise BadInput('The training data has no labelled point: a linear '
                           'probe needs labels (train_dataloader.dataset, '
                           'data_prefix.pts_semantic_mask).')
        return torch.cat(features), torch.cat(labels)

    def _report(self, fit: LinearFit, features: Tensor) -> None:
        self.runner.logger.info(
            f'Linear head: {len(features)} rows of {features.shape[1]} '
            f'features on this process ({features.nbytes / _GB:.2f} GB), '
            f'loss {fit.loss:.4f} after {fit.evaluations} evaluations, '
            f'gradient {fit.gradient:.1e}.')
        if fit.gradient > 10 * self.how['tolerance']:
            self.runner.logger.log(
                logging.WARNING,
                f'The linear head has not converged: its gradient is '
                f'{fit.gradient:.1e}, {self.how["tolerance"]:.1e} was wanted. '
                'Raise train_cfg.max_steps or train_cfg.l2.')


def _add_ranks(values: Tensor) -> Tensor:
    """Sum over ranks."""
    values = values.clone()
    all_reduce(values)
    return values
