"""Image towers of CLIPs, one family per file, and how each is read densely."""
from .read_tower import FAMILIES, read_tower
from .tower import DENSE_PATHS, Tower

__all__ = ['DENSE_PATHS', 'FAMILIES', 'Tower', 'read_tower']
