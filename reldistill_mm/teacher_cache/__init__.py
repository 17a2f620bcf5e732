"""Files of a teacher's features at point-pixel pairs.

The modules imported here need only NumPy, torch and safetensors.
"""
from .frame import frame_fingerprint, frame_name, image_bytes
from .manifest import Manifest, read_manifest, write_manifest
from .pair_file import (CachedPairs, OtherFrameError, PairFileError,
                        StalePairFileError, read_pairs, write_pairs)
from .projection import principal_basis, read_basis, write_basis

__all__ = [
    'CachedPairs', 'Manifest', 'PairFileError', 'StalePairFileError',
    'frame_fingerprint', 'frame_name', 'image_bytes', 'OtherFrameError',
    'principal_basis', 'read_basis', 'read_manifest', 'read_pairs',
    'write_basis', 'write_manifest', 'write_pairs'
]
