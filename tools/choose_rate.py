r"""Choose a learning rate for each of several configs, without labels.

    python tools/choose_rate.py configs/reldistill_miniworld_cached.py \
        --rates 3e-3 1e-2 3e-2 --epochs 4 --out work_dirs/rates

Short runs of every rate; the one with the lowest final value of the config's
own loss is chosen. A second call continues where the first one ended.
"""
import argparse
from pathlib import Path

import _start  # noqa: F401

from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.cli.config_options import ConfigOptions
from reldistill_mm.errors import BadInput
from reldistill_mm.io.files import require_folder
from reldistill_mm.io.named_inputs import require_config


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('configs', nargs='+', type=Path, help='distillation configs')
    add('--rates',
        nargs='+',
        type=float,
        default=[3e-3, 1e-2, 3e-2],
        help='learning rates to try (default: %(default)s)')
    add('--epochs', type=int, default=4, help='epochs of each run')
    add('--seed', type=int, default=0, help='seed of all runs')
    add('--jobs', type=int, default=1, help='runs at a time')
    add('--out',
        type=Path,
        default=Path('work_dirs/rates'),
        help='folder for the runs and rates.json (default: %(default)s)')
    add('--cfg-options',
        nargs='+',
        action=ConfigOptions,
        default={},
        help='changes to every config')
    return parser.parse_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what cannot be right before anything is imported."""
    if min(args.epochs, args.jobs) < 1 or args.seed < 0:
        raise BadInput('--epochs and --jobs must be at least 1, and --seed '
                       'must not be negative.')
    require_folder(args.out)
    names = [path.stem for path in args.configs]
    for path in args.configs:
        require_config(path)
        if names.count(path.stem) > 1:
            raise BadInput('Configs are told apart by their names, and '
                           f"'{path.stem}' is given twice.")


def main() -> None:
    """Run what is left to run, and print the table."""
    args = parse_args()
    check_arguments(args)
    from reldistill_mm.cli.tables import markdown_table
    from reldistill_mm.experiments import write_json
    from reldistill_mm.experiments.choose_rates import (RULE, Search,
                                                        choose_rates)
    from reldistill_mm.experiments.schedules import rate_options
    from reldistill_mm.io.config_check import check_config
    from reldistill_mm.io.config_file import load_config, merge_options
    configs = {}
    for path in args.configs:
        cfg = load_config(path)
        merge_options(cfg, args.cfg_options)
        check_config(cfg)
        configs[path.stem] = cfg
    chosen = choose_rates(
        configs, Search(args.out, args.rates, args.epochs, args.seed,
                        args.jobs))
    write_json(args.out / 'rates.json', chosen)
    print(f'Rule: {RULE}.\n')
    print(
        markdown_table(['config', 'final losses', 'rate', '--cfg-options'], [[
            name, ', '.join(
                f'{rate:g}: {"diverged" if loss is None else f"{loss:.4f}"}'
                for rate, loss in each.get('final_loss', {}).items()),
            f"{each['learning_rate']:g}" +
            ' (end of the grid)' * each.get('at_edge', False),
            rate_options(configs[name], each['learning_rate'])
        ] for name, each in chosen.items()]))


if __name__ == '__main__':
    with one_line_errors():
        main()
