"""Load labels from any format of scans."""
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from ...functional.label_table import NUM_KITTI_IDS
from ...io.remote import local_file, read_bytes
from ..scans.read_scan import read_fields
from .array_file import load_array
from .label_ids import refuse_swapped, require_ids
from .point_labels import LoadPointLabels

# Names of the label in CARLA's, PCL's and CloudCompare's files.
FIELDS = ('label', 'labels', 'class', 'semantic', 'objtag', 'classification',
          'scalar_label', 'scalar_classification')
_FLOAT = 'float32'


@TRANSFORMS.register_module()
class LoadScanLabels(LoadPointLabels):
    """Load a label per point from a file of any of these formats.

    - ``.label``: uint32, of which the lower 16 bits are the class;
    - ``.npy``: whole numbers, (N,) or (N, 1);
    - ``.bin``: whole numbers of 1, 2, 4 or 8 bytes, by the file's size (of 4
      as in ``.label``);
    - ``.pcd`` and ``.ply``: a field, which may be in the file of the points.

    Labels of rows that :class:`LoadScanPoints` left out are left out, and the
    points of other sweeps are ignored. See :class:`LoadPointLabels` for keys.

    Args:
        field (str, optional): Name of the field in ``.pcd`` and ``.ply``.
            Defaults to None: 'label' or another usual name.
        optional (bool): Accept samples whose info names no labels. Defaults
            to False.
        backend_args (dict, optional): Arguments of mmengine's file backend.

    Raises:
        MissingInput: No such file.
        BadInput: Labels that are not whole numbers, not one for each row of
            the scan, or in no field that is known.
    """
    labels_only = cache_neutral = True

    def __init__(self,
                 field: str | None = None,
                 optional: bool = False,
                 backend_args: dict | None = None) -> None:
        super().__init__(
            optional=optional,
            seg_3d_dtype='np.int64',
            backend_args=backend_args)
        self.field = field

    def transform(self, results: dict) -> dict:
        points, rows = results['points'], results.get('scan_rows')
        own = len(points) if rows is None else len(rows)
        results['points'] = points[:own]
        results = super().transform(results)
        results['points'] = points
        labels = results.get('pts_semantic_mask')
        if own < len(points) and labels is not None:
            ignored = np.full(
                len(points) - own, results['ignore_index'], labels.dtype)
            labels = np.concatenate([labels, ignored])
            results['pts_semantic_mask'] = labels
            if 'eval_ann_info' in results:
                results['eval_ann_info']['pts_semantic_mask'] = labels
        return results

    def _load_semantic_seg_3d(self, results: dict) -> dict:
        path = str(results['pts_semantic_mask_path'])
        suffix = Path(path).suffix.lower()
        rows = results.get('scan_rows')
        count = results.get('num_scan_rows', len(results['points']))
        if suffix in ('.pcd', '.ply'):
            raw = self._from_field(path, results.get('label_field'))
        elif suffix == '.npy':
            raw = load_array(path, self.backend_args).reshape(-1)
        else:
            raw = self._from_bytes(path, suffix, count, results)
        require_ids(raw, path, True)
        raw = raw.astype(np.int64)
        if len(raw) != count:
            raise BadInput(
                f"'{path}' holds {len(raw)} labels for {count} points of "
                f"'{results['lidar_points']['lidar_path']}'; one of the two "
                'is truncated or belongs to another sweep.')
        # -1 marks points without a class; as 16 bits, no class may have it.
        raw[raw == -1] = NUM_KITTI_IDS - 1
        results['pts_semantic_mask'] = raw if rows is None else raw[rows]
        return results

    def _from_field(self, path: str, stated: str | None) -> np.ndarray:
        with local_file(path, self.backend_args) as here:
            found = read_fields(Path(here))
        names = {name.lower(): name for name in found}
        own = self.field or stated
        wanted = (own, ) if own else FIELDS
        for name in wanted:
            if name.lower() in names:
                values = found[names[name.lower()]]
                if values.dtype.kind == 'f' and (values % 1 == 0).all():
                    # PCL's and CloudCompare's fields are mostly float32.
                    values = values.astype(np.int64)
                return values
        raise BadInput(
            f"'{path}' has no field "
            f"{' or '.join(map(repr, wanted))} (its fields: {list(found)}): "
            'name it by label_field of the layout, or by field of '
            f'{type(self).__name__}.')

    def _from_bytes(self, path: str, suffix: str, count: int,
                    results: Mapping) -> np.ndarray:
        content = read_bytes(path, self.backend_args)
        size, left = divmod(len(content), max(count, 1))
        kinds = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
        if suffix == '.label':
            size, left = 4, len(content) % 4
        if left or size not in kinds:
            raise BadInput(
                f"The label file '{path}' has {len(content)} bytes for "
                f"{count} points of '{results['lidar_points']['lidar_path']}':"
                ' whole numbers of 1, 2, 4 or 8 bytes were expected. It is '
                'truncated or belongs to another sweep.')
        read = np.frombuffer(content, np.dtype(kinds[size]).newbyteorder('<'))
        if size != 4:
            return read
        _refuse_floats(content, read, path)
        raw = read.astype(np.int64) % NUM_KITTI_IDS
        refuse_swapped(raw, read, dict(results), NUM_KITTI_IDS)
        return raw

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(field={self.field}, '
                f'optional={self.optional})')


def _refuse_floats(content: bytes, read: np.ndarray, path: str) -> None:
    """Refuse labels that are float32, whose lower bits are mostly 0."""
    values = np.frombuffer(content, '<f4')
    with np.errstate(invalid='ignore'):
        whole = (values % 1 == 0) & (values >= 1) & (values < NUM_KITTI_IDS)
    if (len(read) and (whole | (read == 0)).all() and whole.any()):
        raise BadInput(
            f"The label file '{path}' holds {_FLOAT} values "
            f'({values[whole][0]:g}, say), and labels are whole numbers: '
            "write them by NumPy's astype('uint32').tofile().")
