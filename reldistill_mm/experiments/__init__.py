"""Many runs and what their results show: ``tools/run_protocol.py``."""
from ..compat.quick_imports import quick_imports

with quick_imports():
    from ..cli.tables import markdown_table, spread_text
    from .claims import Finding, compare, correct, verdict_of
    from .contrasts import Contrast, PairedRun, contrast
    from .correlation import RankCorrelation, rank_correlation
    from .holm import holm
    from .partial_correlation import partial_rank_correlation
    from .records import figures_of, read_json, write_json
    from .run import run_protocols

__all__ = [
    'Contrast', 'Finding', 'PairedRun', 'RankCorrelation', 'compare',
    'contrast', 'correct', 'figures_of', 'holm', 'markdown_table',
    'partial_rank_correlation', 'rank_correlation', 'read_json',
    'run_protocols', 'spread_text', 'verdict_of', 'write_json'
]
