"""Read single scans from files of common formats, without a dataset."""
from ...io.named_inputs import SCANS as EXTENSIONS
from ...io.named_inputs import list_scans
from .checks import require_columns, require_finite
from .foreign import refuse_no_rows
from .intensity import to_255
from .plausible import require_plausible
from .read_scan import read_scan
from .scan import Scan

__all__ = [
    'EXTENSIONS', 'Scan', 'list_scans', 'read_scan', 'refuse_no_rows',
    'require_columns', 'require_finite', 'require_plausible', 'to_255'
]
