"""Fill a cache folder with the features of a dataset's keyframes."""
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch
from mmdet3d.structures import Det3DDataSample
from mmengine.dataset import BaseDataset, pseudo_collate
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..cli.progress import track
from ..cli.torch_errors import explain_torch
from ..datasets.transforms.order import check_order
from ..errors import BadInput
from ..functional import PointPixelPairs
from ..io.remote import exists, join
from ..models.segmentors.relational_distiller import RelationalDistiller
from ..models.teachers.file_teacher import FileTeacher
from .keyframes import Keyframes, unwrapped
from .manifest import Manifest, check_format, write_manifest
from .pack_shards import pack_when_complete
from .pair_file import CachedPairs, write_pairs
from .projection import principal_basis, read_basis, write_basis
from .share import Share

# Keyframes from which a basis is made, spread evenly over the dataset.
_BASIS_FRAMES = 64


class Report(NamedTuple):
    """Summary of a run.

    Attributes:
        outcomes (Counter): Keyframes of this share by outcome.
        size (int): Bytes of their files.
        shards (int, optional): Shards of the folder; None where it is not
            packed, as long as others are at work.
    """
    outcomes: Counter
    size: int
    shards: int | None = None


def build_cache(model: RelationalDistiller,
                dataset: BaseDataset,
                root: Path | str,
                manifest: Manifest,
                rank: int = 0,
                world_size: int = 1,
                workers: int = 0,
                backend_args: dict | None = None,
                shard_size: int | None = None) -> Report:
    """Write the files of a rank's share that are missing, damaged or stale.

    Any number of processes may fill one folder: each file is replaced as a
    whole, and all files written with one manifest are the same.

    Args:
        model (RelationalDistiller): Its teacher and its preprocessing.
        dataset (BaseDataset): Keyframes through ``paired_pipeline``.
        root (Path | str): The cache's folder, or its address.
        manifest (Manifest): Manifest with the identity of
            :func:`~reldistill_mm.teacher_cache.cache_key.cache_identity`.
        rank (int): Number of this process's share, every
            ``world_size``-th keyframe from ``rank`` on.
        world_size (int): Number of shares.
        workers (int): Number of processes that load images.
        backend_args (dict, optional): Arguments of mmengine's file backend
            for the cache's files.
        shard_size (int, optional): Bytes of a shard. Whichever process finds
            all keyframes there packs the folder. Defaults to None: a file
            for each keyframe.

    Returns:
        Report: Report on this share.

    Raises:
        BadInput: The teacher's weights are drawn at random; the
            pipeline moves points or images before it pairs them; two keyframes
            share a name; or the folder holds features of other data, or of
            an earlier version.
    """
    if model.teacher.random:
        raise BadInput(
            f'{type(model.teacher).__name__} has weights drawn at random, '
            'which no other process has, so its features cannot be cached: '
            'save them and build the teacher from the file.')
    for each in unwrapped(dataset):
        check_order(each.pipeline.transforms)
    check_format(root, backend_args)
    keyframes = Keyframes(dataset)
    identity, basis = manifest.identity, None
    if identity['dims'] is not None:
        name = f'basis-{manifest.key[:16]}.safetensors'
        basis, digest = _shared_basis(model, keyframes, join(root, name),
                                      identity['dims'], workers, backend_args)
        manifest = manifest._replace(
            identity=dict(identity, projection=dict(file=name, sha256=digest)))
    write_manifest(root, manifest, backend_args)
    frames = Share(keyframes, range(rank, len(keyframes), world_size), root,
                   manifest, backend_args)
    outcomes: Counter[str] = Counter()
    size = 0
    for frame in track((_load(frames, workers), len(frames))):
        outcomes[frame.outcome] += 1
        if frame.sample is not None:
            name = PurePosixPath(frame.path).name
            cached = _cache_sample(model, frame.sample, name, identity, basis)
            size += write_pairs(frame.path, cached, manifest.key,
                                frame.fingerprint, backend_args, frame.images)
        size += frame.size
    shards = None if shard_size is None else pack_when_complete(
        Path(root), keyframes.names, manifest.key, shard_size)
    return Report(outcomes, size, shards)


def _load(frames: Dataset, workers: int) -> Iterator:
    with explain_torch():
        yield from DataLoader(
            frames, batch_size=None, num_workers=workers, collate_fn=_as_it_is)


def _as_it_is(sample: object) -> object:
    return sample


def _cache_sample(model: RelationalDistiller, packed: dict, name: str,
                  identity: dict, basis: Tensor | None) -> CachedPairs:
    """Compute a keyframe's pair features, in an order set by its name."""
    sample = packed['data_samples']
    pairs = _packed_pairs(sample)
    seed = [identity['seed'], zlib.crc32(name.encode())]
    order = np.random.default_rng(seed).permutation(len(pairs.point))
    pairs = pairs.select(order[:identity['pairs']])
    features = teacher_features(model, packed, pairs)
    if not features.isfinite().all():
        raise BadInput(
            f'{type(model.teacher).__name__} gives features of {name} that '
            'are not finite (NaN or infinity): correct the teacher, its '
            'weights or its precision; the file is not written.')
    if basis is not None:
        features = features @ basis.to(features)
    return CachedPairs(pairs,
                       features.half().cpu().numpy(),
                       sample.gt_pts_seg.camera_visible.numpy())


def _packed_pairs(sample: Det3DDataSample) -> PointPixelPairs:
    """The pairs that PackPairs has put on a sample, as arrays."""
    return PointPixelPairs(
        **{
            name: getattr(sample.pairs, name).numpy()
            for name in PointPixelPairs._fields if name in sample.pairs
        })


@torch.no_grad()
def teacher_features(model: RelationalDistiller, sample: dict,
                     pairs: PointPixelPairs) -> Tensor:
    """Compute features (P, D) of pairs of a packed sample with images."""
    # The points are left out, since nothing here needs voxels.
    sample = dict(sample, inputs=dict(img=sample['inputs']['img']))
    data = model.data_preprocessor(pseudo_collate([sample]), False)
    images = data['inputs']['imgs'][0]
    model.teacher.require_size(images.shape[-2:])
    if isinstance(model.teacher, FileTeacher):
        model.teacher.tell_paths(sample['data_samples'].img_path)
    return model.teacher.features_at(
        images,
        torch.from_numpy(pairs.camera).to(images.device),
        torch.from_numpy(pairs.uv).to(images.device))


def _shared_basis(model: RelationalDistiller, dataset: Keyframes, path: str,
                  dims: int, workers: int,
                  backend_args: dict | None) -> tuple[Tensor, str]:
    """Return the basis that all writers of the folder use, and its digest."""
    if not exists(path, backend_args):
        count = min(len(dataset), _BASIS_FRAMES)
        chosen = np.linspace(0, len(dataset) - 1, count).astype(int)
        frames = torch.utils.data.Subset(dataset, chosen.tolist())
        moment = torch.zeros((), dtype=torch.float64)
        for sample in track((_load(frames, workers), count)):
            pairs = _packed_pairs(sample['data_samples'])
            features = teacher_features(model, sample, pairs).double()
            moment = moment + (features.T @ features).cpu()
        basis, kept = principal_basis(moment, dims)
        print(f'\n{dims} of {len(basis)} dimensions keep {100 * kept:.2f} % '
              "of the features' squared norm.")
        write_basis(path, basis.numpy(), backend_args)
    columns, digest = read_basis(path, backend_args)
    return torch.from_numpy(columns), digest
