"""Tables of what gather=True costs, and up to where it pays."""
from typing import Any

from .scale_gather import (CHECKED, FITTED, PAIRS, RECIPE_PAIRS, WIDTH, Line,
                           at_recipe)
from .scale_runs import RecipeCost

RANKS = (2, 4, 8, 16, 32, 64)
# Share of a step that gathering may add; the loss's own goal, too.
SHARE = 0.1
_NAMES = dict(gather='gathering', tiles="the loss's tiles")


def gather_tables(costs: dict[str, Line],
                  recipe: RecipeCost) -> list[dict[str, Any]]:
    """Tables of the fitted model and of what it predicts."""
    return [model_table(costs), prediction_table(costs, recipe)]


def model_table(costs: dict[str, Line]) -> dict[str, Any]:
    """Coefficients, residuals, and the check."""
    cells = []
    for name, line in costs.items():
        found, predicted = line.measured[CHECKED], line.at(CHECKED)
        residuals = line.residuals()
        cells.append([
            _NAMES[name],
            f'{1e3 * line.fixed:.2f} + {1e3 * line.each:.2f} W ms',
            ', '.join(f'{1e3 * residuals[each]:+.2f} at {each}'
                      for each in line.measured if each != CHECKED),
            f'{1e3 * predicted:.1f} ms', f'{1e3 * found:.1f} ms '
            f'({found / predicted - 1:+.0%})'
        ])
    fitted = ', '.join(map(str, FITTED))
    return dict(
        case='A model of gather=True',
        head=[
            'part', 'of one of W processes', 'residuals, ms',
            f'predicted at {CHECKED}', f'measured at {CHECKED}'
        ],
        cells=cells,
        notes=[
            f'Measured with {fitted} processes with gloo on the CPU (one has '
            f'nothing to gather), {PAIRS} pairs each, D = {WIDTH}, in seconds '
            'of the processor of the first process, the least reading; '
            'fitted by least squares; two sizes, as of gathering, leave no '
            'residuals. Waiting for others and for a network is not in it.'
        ])


def prediction_table(costs: dict[str, Line],
                     recipe: RecipeCost) -> dict[str, Any]:
    """What the recipe's step pays for all ranks' pairs, computed."""
    gather = at_recipe(costs['gather'], 1)
    tiles = at_recipe(costs['tiles'], 2)
    own, step = tiles.at(1), recipe.step_s()
    cells, pays = [], 1
    for ranks in RANKS:
        extra = gather.at(ranks) + tiles.at(ranks) - own
        alone = own * ranks**2
        if extra <= SHARE * step:
            pays = ranks
        cells.append([
            str(ranks), f'{ranks * RECIPE_PAIRS:,}',
            f'{gather.at(ranks):.2f} s', f'{tiles.at(ranks):.2f} s',
            f'{alone:.0f} s', f'{extra / step:.0%}'
        ])
    verdict = (f'up to {pays} ranks'
               if pays > 1 else 'for no number of ranks in the table')
    return dict(
        case='When gather=True pays',
        head=[
            'ranks', 'pairs in the loss', 'gathering', 'tiles, shared',
            'tiles, each process alone', 'added to a step'
        ],
        cells=cells,
        notes=[
            f'Computed from the model for the {RECIPE_PAIRS} pairs of the '
            f'recipe on each rank, against {own:.2f} s for the loss of its '
            f'own pairs and {step:.1f} s of the processor for its step of '
            f'{recipe.batch} keyframes (computed from measured steps of '
            f"{' and '.join(map(str, recipe.seconds))}).",
            'Sharing the tiles makes the cost of a rank grow with the ranks '
            'and not with their square, so it always beats each process '
            f'alone. It adds at most {SHARE:.0%} to a step {verdict}; beyond, '
            'draw fewer pairs: half of them cost a quarter. Whether more '
            'pairs in a loss teach more is not said here.',
            'On a CPU. A GPU speeds student and tiles up by factors of its '
            'own, which are not measured here.'
        ])
