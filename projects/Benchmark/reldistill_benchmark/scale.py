"""What runs on 1 to 64 GPUs need: caches, gathered losses, memory, network.

What this machine can measure is measured, and the rest computed from it; each
table says which is which.
"""
from tempfile import TemporaryDirectory
from typing import Any

from .measure import Settings
from .scale_cache import cache_tables
from .scale_gather import measure_costs
from .scale_gather_tables import gather_tables
from .scale_runs import measure_recipe, run_table


def run(settings: Settings) -> list[dict[str, Any]]:
    """Make the tables of the page; see :func:`.scale_page.page`.

    Returns:
        list[dict]: ``case`` (the title), ``head`` and ``cells`` of a table,
        and ``notes``, sentences below it.
    """
    with TemporaryDirectory() as folder:
        recipe = measure_recipe(settings, folder)
    costs = measure_costs(settings)
    return [
        *cache_tables(settings), *gather_tables(costs, recipe),
        run_table(recipe)
    ]
