"""Single scans from files of the usual formats, outside any dataset."""
from .checks import require_finite
from .read_scan import EXTENSIONS, read_scan

__all__ = ['EXTENSIONS', 'read_scan', 'require_finite']
