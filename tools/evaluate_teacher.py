"""Evaluate how well the teacher labels the pixels that points fall on.

``python tools/evaluate_teacher.py CONFIG [--split train] [--json FILE]``
It is the ceiling for zero-shot segmentation of points that a camera sees.
"""
import argparse
import json
from pathlib import Path

from mmengine.config import DictAction
from terminaltables import AsciiTable

from reldistill_mm.apis import distillation_config, evaluate_teacher
from reldistill_mm.cli.command_line import one_line_errors
from reldistill_mm.io.files import atomic_path, require_file_place


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config', help='a distillation config')
    parser.add_argument(
        '--split',
        choices=['train', 'val'],
        default='val',
        help='dataset of the config to read (default: %(default)s)')
    parser.add_argument(
        '--json', type=Path, help='file to write the numbers to')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='changes of the config, key=value')
    return parser.parse_args()


def main() -> None:
    """Evaluate and print a table."""
    args = parse_args()
    if args.json:
        require_file_place(args.json, '--json')
    cfg = distillation_config(args.config, args.cfg_options)
    figures = evaluate_teacher(cfg, args.split)
    rows = [['teacher at the pairs', args.split]]
    rows += [[name, f'{value:.4f}' if isinstance(value, float) else value]
             for name, value in figures.items()]
    print('\n' + AsciiTable(rows).table)
    if args.json:
        with atomic_path(args.json) as path:
            path.write_text(json.dumps(figures, indent=2) + '\n')


if __name__ == '__main__':
    with one_line_errors():
        main()
