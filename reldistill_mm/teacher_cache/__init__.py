"""Files of a teacher's features at point-pixel pairs.

What is imported here needs NumPy, torch and safetensors alone.
"""
from .frame import frame_fingerprint, frame_name
from .manifest import Manifest, read_manifest, write_manifest
from .pair_file import (CachedPairs, PairFileError, StalePairFileError,
                        read_pairs, write_pairs)
from .projection import principal_basis, read_basis, write_basis

__all__ = [
    'CachedPairs', 'Manifest', 'PairFileError', 'StalePairFileError',
    'frame_fingerprint', 'frame_name', 'principal_basis', 'read_basis',
    'read_manifest', 'read_pairs', 'write_basis', 'write_manifest',
    'write_pairs'
]
