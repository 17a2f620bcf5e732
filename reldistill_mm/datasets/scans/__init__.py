"""Read single scans from files of common formats, without a dataset."""
from .checks import require_columns, require_finite
from .intensity import to_255
from .read_scan import EXTENSIONS, read_scan
from .scan import Scan

__all__ = [
    'EXTENSIONS', 'Scan', 'read_scan', 'require_columns', 'require_finite',
    'to_255'
]
