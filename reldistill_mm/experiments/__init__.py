"""Many runs and what their results show: ``tools/run_protocol.py``."""
from ..cli.tables import markdown_table, spread_text
from .claims import Finding, compare, verdict_of
from .correlation import RankCorrelation, rank_correlation
from .records import figures_of, read_json, write_json
from .run import run_protocols

__all__ = [
    'Finding', 'RankCorrelation', 'compare', 'figures_of', 'markdown_table',
    'rank_correlation', 'read_json', 'run_protocols', 'spread_text',
    'verdict_of', 'write_json'
]
