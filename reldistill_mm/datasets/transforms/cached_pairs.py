"""Take pairs and the teacher's features from a cache instead of images."""
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet3d.registry import TRANSFORMS

from ...errors import BadInput
from ...io.remote import join
from ...teacher_cache import (OtherFrameError, PairFileError,
                              frame_fingerprint, frame_name, image_bytes,
                              read_basis, read_manifest)
from ...teacher_cache.cache_files import SUFFIX, CacheFiles
from .moved import refuse_moved
from .pair import tag_points


@TRANSFORMS.register_module()
class LoadCachedPairs(BaseTransform):
    """Read pairs with teacher features that ``tools/cache_teacher.py`` wrote.

    Replaces :class:`LoadCameraImages`, :class:`PairPointsWithPixels` and the
    transforms of images in a pipeline, before any augmentation of the cloud.
    No image is read.

    The pairs are stored, not computed again: they cost 17 bytes beside 1024
    of features, they match the rows of features whatever happens to the
    pairing code, and the sizes of images need not be read.

    Required Keys:

    - points (:obj:`BasePoints`), in the LiDAR frame
    - images (dict): camera name to ``img_path``, ``lidar2cam``, ``cam2img``
    - token (str), frame_path (str) or lidar_points (dict) and dataset

    Added Keys:

    - pairs (:obj:`PointPixelPairs`): uv in pixels of the whole resized image;
      with ``segment`` where the config that wrote them has superpixels.
    - pair_features (np.ndarray): (P, C) float16, the pixels' features.
    - teacher_basis (np.ndarray): (D, C) float32, only where the cache was
      projected: ``pair_features @ teacher_basis.T`` are the features.
    - pair_tag (int), camera_visible (np.ndarray): As from
      :class:`PairPointsWithPixels`.

    Args:
        root (str, optional): Cache folder, or its address. Defaults to
            None: :class:`DistillRunner` fills in the config's
            ``teacher_cache_root`` and ``teacher_cache_backend_args``.
        num_pairs (int, optional): Most pairs per keyframe, drawn again each
            time; only they are read (of remote files, all is fetched; of
            remote shards, once, see
            :func:`reldistill_mm.teacher_cache.shard_copies.local_shard`).
            Defaults to None, all.
        backend_args (dict, optional): Arguments of mmengine's file backend
            for the cache. Defaults to None: the root's prefix decides.

    Raises:
        BadInput: No root, or shards that were cut off.
        MissingInput: No cache, no file for this keyframe, or a lost shard.
        PairFileError: A file that is truncated, corrupt or stale.
    """
    needs_cameras = True

    def __init__(self,
                 root: str | None = None,
                 num_pairs: int | None = None,
                 backend_args: dict | None = None) -> None:
        if root is None:
            raise BadInput(
                'LoadCachedPairs has no root: set teacher_cache_root in the '
                'config and build the runner with RUNNERS.build(cfg), as '
                'tools/train.py does, or give LoadCachedPairs its root.')
        if num_pairs is not None and num_pairs < 1:
            raise BadInput(f'num_pairs must be positive, got {num_pairs}; '
                           'None takes all pairs.')
        self.root = root
        self.num_pairs = num_pairs
        self.backend_args = backend_args
        self.manifest = read_manifest(root, backend_args)
        self.files = CacheFiles(root, backend_args)
        self.superpixels = self.manifest.identity.get('superpixels', [])
        self.basis = self._read_basis()

    def _read_basis(self) -> np.ndarray | None:
        wanted = self.manifest.identity.get('projection')
        if wanted is None:
            return None
        path = join(self.root, wanted['file'])
        basis, digest = read_basis(path, self.backend_args)
        if digest != wanted['sha256']:
            raise BadInput(
                f"'{path}' is not the basis that the cache was projected to. "
                'Delete it and run '
                f'`{self.manifest.command}`.')
        return basis

    def path_of(self, info: dict) -> str:
        """Find a keyframe's file, by itself, from its info with ``dataset``.
        """
        return join(self.root, f'{frame_name(info)}{SUFFIX}')

    def transform(self, results: dict) -> dict:
        refuse_moved(results, type(self).__name__)
        if 'sweep' in results:
            raise BadInput(
                'LoadSweeps comes before LoadCachedPairs, and a teacher cache '
                'holds features at the points of keyframes alone: leave '
                'LoadSweeps out, or train on images.')
        points = results['points']
        fingerprint = frame_fingerprint(points.tensor[:, :3].numpy(),
                                        results['images'])
        name = frame_name(results)
        try:
            cached = self.files.read(
                name,
                self.manifest.key,
                fingerprint,
                self.num_pairs,
                images=image_bytes(results['images'], self.superpixels))
        except OtherFrameError as error:
            raise OtherFrameError(
                f'{error} Another dataset keeps its features there, or the '
                'data has changed: set teacher_cache_root to a cache of this '
                'dataset, or delete the folder and run '
                f'`{self.manifest.command}`.') from error
        except (FileNotFoundError, PairFileError) as error:
            raise type(error)(
                f'{error} `{self.manifest.command}` builds what is missing, '
                'damaged or stale and leaves the rest.') from error
        if not np.isfinite(cached.features).all():
            raise BadInput(
                f"'{self.files.find(name)}': the tensor 'features' has "
                'numbers that are not finite, as the teacher has written '
                f'them. Remove it and run `{self.manifest.command}`.')
        results.update(
            pairs=cached.pairs,
            pair_features=cached.features,
            camera_visible=cached.visible)
        if self.basis is not None:
            results['teacher_basis'] = self.basis
        return tag_points(results)

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(root='{self.root}', "
                f'num_pairs={self.num_pairs})')
