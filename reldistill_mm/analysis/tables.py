"""Figures as text."""
from typing import Sequence

import numpy as np


def spread_text(values: Sequence[float],
                digits: int = 3,
                factor: float = 1.) -> str:
    """``mean ± standard deviation`` (n - 1) over the seeds.

    Args:
        values (Sequence[float]): One a seed; NaN and None are left out.
        digits (int): After the point. Defaults to 3.
        factor (float): Multiplies the values, 100 for points of mIoU.

    Returns:
        str: Without the spread for a single value; '–' for none.
    """
    kept = np.array([v for v in values if v is not None], dtype=np.float64)
    kept = factor * kept[np.isfinite(kept)]
    if not len(kept):
        return '–'
    text = f'{kept.mean():.{digits}f}'
    if len(kept) > 1:
        text += f' ± {kept.std(ddof=1):.{digits}f}'
    return text


def markdown_table(header: Sequence[str],
                   rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, the first column to the left, the others centred.

    Raises:
        ValueError: A row of another length than the header.
    """
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f'{len(header)} columns, but a row has '
                             f'{len(row)}: {list(row)}')
    rule = ['---'] + [':---:'] * (len(header) - 1)
    lines = [header, rule, *rows]
    return '\n'.join(
        '| ' + ' | '.join(str(cell).replace('|', '\\|')
                          for cell in line) + ' |' for line in lines)
