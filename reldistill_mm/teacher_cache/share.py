"""The keyframes of a process's share, and which of their files are whole."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from torch.utils.data import Dataset

from ..datasets.transforms.traits import (labels_only, needs_cameras,
                                          pairs_points)
from ..errors import BadInput
from ..io.remote import is_local, join
from .cache_files import SUFFIX, CacheFiles
from .frame import frame_fingerprint, image_bytes
from .keyframes import Keyframes
from .manifest import Manifest
from .pair_file import (CachedPairs, OtherFrameError, PairFileError,
                        StalePairFileError)
from .shard_index import Piece


class Frame(NamedTuple):
    """One keyframe; ``sample`` is None if its file is complete."""
    path: str
    fingerprint: str
    images: dict[str, int]
    outcome: str
    sample: dict | None
    size: int = 0


class Share(Dataset):
    """Keyframes of a share of a dataset, loaded only if they are needed."""

    def __init__(self, keyframes: Keyframes, indices: Sequence[int],
                 root: Path | str, manifest: Manifest,
                 backend_args: dict | None) -> None:
        self.keyframes, self.indices = keyframes, indices
        self.root, self.key = root, manifest.key
        self.files = CacheFiles(root, backend_args, repair=True)
        self.backend_args = backend_args
        self.superpixels = manifest.identity.get('superpixels', [])

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Frame:
        index = self.indices[index]
        name = self.keyframes.names[index]
        path = join(self.root, f'{name}{SUFFIX}')
        info, transforms = self.keyframes.info(index)
        images = image_bytes(info.get('images', {}), self.superpixels)
        fingerprint = self._fingerprint(info, transforms)
        try:
            kept = self.files.read(name, self.key, fingerprint, images=images)
            return Frame(path, fingerprint, images, 'kept', None,
                         self._size(self.files.find(name), kept))
        except FileNotFoundError:
            outcome = 'built'
        except OtherFrameError as error:
            raise BadInput(
                f'{error} It was made of other data than that of this '
                'config: if the data has changed, delete the file (or the '
                'folder) and start again; if another dataset keeps its '
                'features here, take another folder (--out).') from error
        except StalePairFileError:
            outcome = 'rebuilt, stale'
        except PairFileError:
            outcome = 'rebuilt, damaged'
        return Frame(path, fingerprint, images, outcome, self.keyframes[index])

    def _size(self, path: str | Piece, kept: CachedPairs) -> int:
        """Size of a file; of a remote one, that of its columns."""
        if isinstance(path, Piece):
            return path.size
        if is_local(path, self.backend_args):
            return Path(path).stat().st_size
        bytes_each = 17 if kept.pairs.segment is None else 25
        return kept.features.nbytes + bytes_each * len(kept.features)

    def _fingerprint(self, info: dict, transforms: list) -> str:
        """Compute the fingerprint of the paired cloud; no image is read."""
        for step in transforms:
            if pairs_points(step):
                break
            if not (needs_cameras(step) or labels_only(step)):
                info = step(info)
        return frame_fingerprint(info['points'].tensor[:, :3].numpy(),
                                 info['images'])
