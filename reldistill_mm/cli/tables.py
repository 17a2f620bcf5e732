"""Numbers as text."""
import math
import statistics
from collections.abc import Iterable, Sequence

from ..errors import BadInput


def mean_and_spread(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (n - 1) over seeds.

    Args:
        values (Sequence[float]): Values, at least one.

    Returns:
        tuple[float, float | None]: Mean and spread; no spread for one value.
    """
    spread = statistics.stdev(values) if len(values) > 1 else None
    return statistics.mean(values), spread


def spread_text(values: Iterable[float | None],
                digits: int = 3,
                factor: float = 1.) -> str:
    """``mean ± standard deviation`` over the seeds.

    Args:
        values (Iterable[float]): One value per seed; None and values that
            are not finite are left out.
        digits (int): Digits after the decimal point. Defaults to 3.
        factor (float): Factor on the values, 100 for points of mIoU.

    Returns:
        str: Text without a spread for a single value; '–' for none.
    """
    kept = [
        factor * value for value in values
        if value is not None and math.isfinite(value)
    ]
    if not kept:
        return '–'
    mean, spread = mean_and_spread(kept)
    text = f'{mean:.{digits}f}'
    return text if spread is None else f'{text} ± {spread:.{digits}f}'


def markdown_table(header: Sequence[str],
                   rows: Sequence[Sequence[object]]) -> str:
    """Format a Markdown table; all columns but the first are centred.

    Raises:
        BadInput: A row differs in length from the header.
    """
    for row in rows:
        if len(row) != len(header):
            raise BadInput(f'{len(header)} columns, but a row has '
                           f'{len(row)}: {list(row)}')
    rule = ['---'] + [':---:'] * (len(header) - 1)
    lines = [header, rule, *rows]
    return '\n'.join(
        '| ' + ' | '.join(str(cell).replace('|', '\\|')
                          for cell in line) + ' |' for line in lines)
