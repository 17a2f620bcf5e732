"""Projects are scripts beside the package, not part of it."""
import sys
from pathlib import Path

for project in ('ToyClusters', 'StructuralGap', 'MethodTable', 'WhatDecides',
                'Downstream'):
    sys.path.insert(
        0, str(Path(__file__).resolve().parents[2] / 'projects' / project))
