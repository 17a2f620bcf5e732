"""Any network that gives features per voxel, called as MinkUNet is."""
import copy
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from mmdet3d.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...errors import BadInput

AXES = 'bxyz'


@MODELS.register_module()
class VoxelStudent(BaseModule):
    """Call a network of mmdet3d with voxels; read a row for each.

    Models here, and mmdet3d's ``MinkUNet``, call their backbone with the
    voxels' features (M, C) and coordinates (M, 4) and read features (M, F).
    Other networks want their coordinates in another order, or the batch size,
    or return more than features; this module stands between.

    Args:
        network (dict): Config of the network. It is called with features,
            coordinates and, if its ``forward`` has that argument,
            ``batch_size``.
        axes (str): Columns of the coordinates as the network reads them: b
            (sample), x, y and z. Defaults to 'bxyz'; mmdet3d's encoders for
            detection want 'bzyx', its networks on torchsparse 'xyzb'.
        output (str, optional): Key of the features where the network returns
            a dict. Defaults to None: it returns features (M, F), or a sparse
            tensor of spconv or torchsparse.
        init_cfg (dict, optional): Config of mmengine's initialisation.

    Raises:
        BadInput: The network cannot be built, or ``axes`` is another word.
    """

    def __init__(self,
                 network: dict,
                 axes: str = AXES,
                 output: str | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        if sorted(axes) != sorted(AXES):
            raise BadInput(f"VoxelStudent.axes={axes!r} must name 'b', 'x', "
                           "'y' and 'z' once each, as in 'bzyx'.")
        self.network = _build(network)
        self.axes, self.output = axes, output
        self._columns = [AXES.index(axis) for axis in axes]
        self._takes_batch_size = 'batch_size' in inspect.signature(
            self.network.forward).parameters

    def forward(self, voxel_features: Tensor, coors: Tensor) -> Tensor:
        """Compute features of a batch's voxels.

        Args:
            voxel_features (Tensor): (M, C), the first point of each voxel.
            coors (Tensor): (M, 4) int32 (sample, x, y, z), counted from 0 and
                sorted by sample.

        Returns:
            Tensor: (M, F), in the order of the voxels.

        Raises:
            BadInput: Voxels lie outside the network's grid, or it returns
                something else.
        """
        coors = coors[:, self._columns]
        self._check_grid(coors)
        more = dict(batch_size=int(coors[:, self.axes.index('b')].max()) +
                    1) if self._takes_batch_size else {}
        found = self.network(voxel_features, coors, **more)
        rows = self._rows(found, coors)
        if rows.ndim != 2 or len(rows) != len(coors):
            raise BadInput(
                f'{self._name} returned features of shape '
                f'{tuple(rows.shape)} for {len(coors)} voxels: a student '
                'gives a row for each, (M, F).')
        return rows

    @property
    def _name(self) -> str:
        return type(self.network).__name__

    def _rows(self, found: Any, coors: Tensor) -> Tensor:
        """Read the features out of what the network returned."""
        if isinstance(found, Mapping):
            if self.output not in found:
                raise BadInput(
                    f'{self._name} returns {sorted(map(str, found))}: name '
                    'the features of the voxels by VoxelStudent.output, '
                    f'which is {self.output!r}.')
            found = found[self.output]
        elif self.output is not None:
            raise BadInput(f'{self._name} returns {type(found).__name__} and '
                           f'no dict with {self.output!r}: set '
                           'VoxelStudent.output=None.')
        # spconv and torchsparse.
        indices = getattr(found, 'indices', coors)
        for name in ('features', 'F'):
            found = getattr(found, name, found)
        if not isinstance(found, Tensor):
            raise BadInput(f'{self._name} returns {type(found).__name__}, '
                           'from which no features can be read: a Tensor '
                           '(M, F) or a sparse tensor is wanted.')
        if isinstance(indices, Tensor) and not _same(indices, coors):
            raise BadInput(
                f'{self._name} returns features of {len(indices)} other '
                f'voxels than the {len(coors)} that it was given, or in '
                'another order: take a network that comes back to the '
                'resolution of its input, by inverse convolutions.')
        return found

    def _check_grid(self, coors: Tensor) -> None:
        """Refuse voxels that a grid of fixed size would lose."""
        shape = getattr(self.network, 'sparse_shape', None)
        if shape is None:
            return
        keep = [place for place, axis in enumerate(self.axes) if axis != 'b']
        most = (coors[:, keep].amax(0) + 1).tolist()
        if any(wanted > size for wanted, size in zip(most, shape)):
            axes = ''.join(axis for axis in self.axes if axis != 'b')
            raise BadInput(
                f'A cloud of the batch takes {most} voxels along {axes}, and '
                f'{self._name}.sparse_shape={list(shape)}: enlarge it '
                '(model.backbone.network.sparse_shape), or cut the clouds by '
                'PointsRangeFilter.')


def _build(network: dict) -> nn.Module:
    try:
        # Some networks change the lists that they are given.
        return MODELS.build(copy.deepcopy(network))
    except AssertionError as error:
        raise BadInput(
            f"model.backbone.network: {network.get('type')} cannot be built "
            f'({str(error).rstrip(".`")}): correct its options, or install '
            'what it needs.') from error


def _same(indices: Tensor, coors: Tensor) -> bool:
    return indices.shape == coors.shape and bool(
        torch.equal(indices, coors.to(indices)))
