"""Norms of the gradients of several configs' losses, on the same keyframes.

``python projects/WhatDecides/gradients.py CONFIG ... --keyframes 4`` builds
each config's student with random weights and takes its losses once per
keyframe. The first config is the one that ratios refer to.
"""
import argparse
from pathlib import Path

from mmengine.config import DictAction
from what_decides.gradients import gradient_norms, norms_table

from reldistill_mm.apis.distillation_config import distillation_config
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.errors import BadInput


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('configs', nargs='+', type=Path, help='distillation configs')
    add('--keyframes',
        type=int,
        default=4,
        help='keyframes of the training set (default: %(default)s)')
    add('--seed', type=int, default=0)
    add('--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='changes to every config')
    args = parser.parse_args()
    with one_line_errors():
        if args.keyframes < 1:
            raise BadInput('--keyframes must be at least 1.')
        names = [path.stem for path in args.configs]
        if len(set(names)) < len(names):
            raise BadInput(f'Configs are told apart by their names: {names}.')
        found = {}
        for name, path in zip(names, args.configs):
            cfg = distillation_config(path, args.cfg_options)
            found[name] = gradient_norms(cfg, args.keyframes, args.seed)
            print(f'{name}: {found[name].weights:.3g}', flush=True)
        print(norms_table(found, names))


if __name__ == '__main__':
    main()
