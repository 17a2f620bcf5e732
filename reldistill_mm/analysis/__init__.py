"""From the figures of runs to what they show: spreads, verdicts, tables.

Needs NumPy and SciPy alone.
"""
from ..utils.tables import markdown_table, spread_text
from .claims import Finding, compare, verdict_of
from .correlation import RankCorrelation, rank_correlation
from .records import figures_of, read_json, write_json

__all__ = [
    'Finding', 'RankCorrelation', 'compare', 'figures_of', 'markdown_table',
    'spread_text', 'rank_correlation', 'read_json', 'verdict_of', 'write_json'
]
